package storetest

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

var crewCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"W1 beats see each other", mustered},
	{"W2 one that went without a word is gone", expiredMember},
	{"W3 many at once", musterAtOnce},
}

func mustered(e *env) {
	one := beat.Member{Holder: uuid.New(), Name: "one", Shards: 4, Held: 1, Broker: true}
	two := beat.Member{Holder: uuid.New(), Name: "two", Shards: 4, Ceded: e.now(e.a)}
	e.muster(e.a, one)
	both := e.muster(e.b, two)
	e.equal("there", both, ordered(one, two))
	one.Held, one.Broker = 3, false
	e.equal("there", e.muster(e.a, one), ordered(one, two))
	if got := e.muster(e.open(e.T, "other"), one); len(got) != 1 {
		e.Errorf("in another namespace: %+v, want one", got)
	}
	for range 2 {
		e.noErr(e.b.Leave(e.ctx, two.Holder))
	}
	e.equal("left", e.muster(e.a, one), ordered(one))
}

func (e *env) muster(s Store, m beat.Member) []beat.Member {
	e.Helper()
	there, err := s.Muster(e.ctx, m, time.Hour)
	e.noErr(err)
	now := e.now(s)
	for i := range there {
		if left := there[i].Until.Sub(now); left < 50*time.Minute || left > 70*time.Minute {
			e.Errorf("member %+v counts for another %s, want about an hour", there[i], left)
		}
		there[i].Until = time.Time{}
	}
	return there
}

func ordered(list ...beat.Member) []beat.Member {
	slices.SortFunc(list, func(a, b beat.Member) int { return bytes.Compare(a.Holder[:], b.Holder[:]) })
	return list
}

func expiredMember(e *env) {
	gone, here := beat.Member{Holder: uuid.New(), Shards: 1}, beat.Member{Holder: uuid.New(), Shards: 1}
	_, err := e.a.Muster(e.ctx, gone, anInstant)
	e.noErr(err)
	e.equal("there", e.muster(e.b, here), ordered(here))
	e.equal("back again", e.muster(e.a, gone), ordered(gone, here))
}

func musterAtOnce(e *env) {
	const n = 8
	var wg sync.WaitGroup
	for i := range n {
		s := []Store{e.a, e.b}[i%2]
		wg.Go(func() {
			m := beat.Member{Holder: uuid.New(), Shards: 1}
			for range 3 {
				if _, err := s.Muster(e.ctx, m, time.Hour); err != nil {
					e.Errorf("Muster: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := e.muster(e.a, beat.Member{Holder: uuid.New(), Shards: 1}); len(got) != n+1 {
		e.Errorf("%d are there, want %d", len(got), n+1)
	}
}
