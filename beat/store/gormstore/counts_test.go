package gormstore_test

import (
	"encoding/binary"
	"io"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/relay"
)

// wire counts the messages between a store and PostgreSQL by their type, see
// https://www.postgresql.org/docs/current/protocol-message-formats.html.
type wire struct {
	mu     sync.Mutex
	counts map[string]int
}

// Of what the store says: E execute, Q query, S sync. Of what the server says: D row.
var counted = map[byte]map[byte]string{
	'>': {'E': "statements", 'Q': "statements", 'S': "round trips"},
	'<': {'D': "rows"},
}

// tapped returns what counts between a store and PostgreSQL, and the URL by which the store goes through it.
func tapped(t *testing.T, url string) (*wire, string) {
	t.Helper()
	w := &wire{counts: map[string]int{}}
	r := relay.Listen(t, url, relay.Tap{
		Asked: func() io.Writer { return w.listen('>') }, Answered: func() io.Writer { return w.listen('<') },
	})
	return w, r.URL(t, url)
}

// listen returns what counts one direction of a connection. The first message of the store has no type.
func (w *wire) listen(direction byte) io.Writer {
	return &half{wire: w, direction: direction, untyped: direction == '>'}
}

type half struct {
	wire      *wire
	direction byte
	untyped   bool
	rest      []byte
}

func (h *half) Write(b []byte) (int, error) {
	h.rest = append(h.rest, b...)
	for {
		kind, body := byte(0), h.rest
		if !h.untyped {
			if len(h.rest) == 0 {
				break
			}
			kind, body = h.rest[0], h.rest[1:]
		}
		if len(body) < 4 {
			break
		}
		n := int(binary.BigEndian.Uint32(body))
		if len(body) < n {
			break
		}
		h.rest, h.untyped = body[n:], false
		h.wire.count(counted[h.direction][kind], kind == 'Q')
	}
	return len(b), nil
}

func (w *wire) count(what string, alone bool) {
	if what == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
	if alone { // a simple query is a round trip of its own
		w.counts["round trips"]++
	}
}

// during returns what is counted while f runs.
func (w *wire) during(f func()) map[string]int {
	w.mu.Lock()
	w.counts = map[string]int{}
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.counts)
}

// TestCounts has what does not depend on the machine: statements, round trips and rows of each step of dispatch.
func TestCounts(t *testing.T) {
	t.Parallel()
	url := testenv.PostgreSQL(t)
	w, through := tapped(t, url)
	s := open(t, gormstore.Config{URL: through})
	const n = 1000
	fill(t, raw(t, url), "", n)
	var entries []beat.Entry
	load := func() {
		entries = nil
		for token, more := beat.PageToken(""), true; more; more = token != "" {
			page, next, err := s.Load(t.Context(), token, n/2)
			if err != nil {
				t.Fatal(err)
			}
			entries, token = append(entries, page...), next
		}
	}
	load()
	l := lead(t, s)
	at := start(t, s, l, entries)
	second := func(from time.Time, of []beat.Entry) beat.Batch {
		b := newBatch()
		for _, e := range of {
			b.Decisions = append(b.Decisions, beat.Decision{ID: e.ID, Prev: from, To: from.Add(time.Second), Fire: true})
		}
		return b
	}
	before := second(at, entries)
	claim(t, s, l, before, n) // prepares the statement
	seen := latest(t, s)
	_, _, seen = since(t, s, seen)
	one := map[string]int{"statements": 1, "round trips": 1}
	with := func(rows int) map[string]int { m := maps.Clone(one); m["rows"] = rows; return m }

	for _, part := range [][]beat.Entry{entries[:1], entries[1:10], entries[10:]} {
		next := second(at.Add(time.Second), part)
		next.Done = []beat.Settlement{{Batch: before.ID}}
		equal(t, "claim of "+strconv.Itoa(len(part))+" runs that settles the batch before",
			w.during(func() { claim(t, s, l, next, len(part)) }), with(len(part)))
		before = next
	}
	equal(t, "settlement", w.during(func() {
		if err := s.Settle(t.Context(), l, []beat.Settlement{{Batch: before.ID}}); err != nil {
			t.Fatal(err)
		}
	}), with(1))
	equal(t, "look without a change", w.during(func() { seen = latest(t, s) }), with(1))
	exec(t, raw(t, url), "update periodic_task set priority = 3 where id = (select min(id) from periodic_task)")
	got := w.during(func() {
		if changed, _, _ := since(t, s, seen); len(changed) != 1 {
			t.Errorf("%d entries changed, want one of %d", len(changed), n)
		}
	})
	delete(got, "round trips") // one more when a statement is new to a connection
	equal(t, "one change of all", got, map[string]int{"statements": 4, "rows": 4})
	equal(t, "two pages of all", w.during(load), map[string]int{"statements": 3, "round trips": 3, "rows": n})
}
