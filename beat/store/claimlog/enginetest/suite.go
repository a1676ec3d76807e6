package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// Open opens a further engine over the same records.
type Open func(t *testing.T) claimlog.Engine

// Run runs the suite; fresh makes a namespace of its own for one test.
func Run(t *testing.T, fresh func(t *testing.T) Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open Open)
	}{
		{"a place is taken once", once},
		{"of many only one gets a place", race},
		{"pages in both directions", pages},
		{"series are apart", apart},
		{"removed places are free", removed},
		{"the largest record", largest},
		{"the clock", clock},
		{"a cancelled context", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, fresh(t))
		})
	}
}

const series = claimlog.Series("log")

func insert(t *testing.T, e claimlog.Engine, s claimlog.Series, seq int64, data string) bool {
	t.Helper()
	ok, err := e.Insert(t.Context(), s, claimlog.Record{Seq: seq, Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// after returns the places after seq.
func after(t *testing.T, e claimlog.Engine, s claimlog.Series, seq int64, limit int) []int64 {
	t.Helper()
	found, err := e.After(t.Context(), s, seq, limit)
	if err != nil {
		t.Fatal(err)
	}
	return places(found)
}

func places(records []claimlog.Record) []int64 {
	var seqs []int64
	for _, r := range records {
		seqs = append(seqs, r.Seq)
	}
	return seqs
}

func once(t *testing.T, open Open) {
	a, b := open(t), open(t)
	if !insert(t, a, series, 1, "first") || insert(t, b, series, 1, "second") || insert(t, a, series, 1, "first") {
		t.Error("a place was taken twice, or not at all")
	}
	found, err := b.After(t.Context(), series, 0, 10)
	if err != nil || len(found) != 1 || string(found[0].Data) != "first" || found[0].Seq != 1 {
		t.Errorf("After = %v, %v", found, err)
	}
}

func race(t *testing.T, open Open) {
	const writers, places = 8, 50
	var wins [places]atomic.Int64
	var wg sync.WaitGroup
	for i := range writers {
		e := open(t)
		wg.Go(func() {
			for seq := range places {
				r := claimlog.Record{Seq: int64(seq) + 1, Data: fmt.Append(nil, i)}
				ok, err := e.Insert(t.Context(), series, r)
				if err != nil {
					t.Errorf("Insert: %v", err)
				}
				if ok {
					wins[seq].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for seq := range wins {
		if n := wins[seq].Load(); n != 1 {
			t.Errorf("place %d was taken %d times", seq+1, n)
		}
	}
}

func pages(t *testing.T, open Open) {
	e := open(t)
	var all []int64
	for _, seq := range []int64{9, 10, 100, 2, 1_700_000_000_000_000, 1} {
		insert(t, e, series, seq, "x")
		all = append(all, seq)
	}
	slices.Sort(all)
	if got := after(t, e, series, 0, 100); !slices.Equal(got, all) {
		t.Errorf("all: %v, want %v", got, all)
	}
	if got := after(t, e, series, 2, 2); !slices.Equal(got, []int64{9, 10}) {
		t.Errorf("two after 2: %v", got)
	}
	found, err := e.Before(t.Context(), series, math.MaxInt64, 2)
	if want := []int64{1_700_000_000_000_000, 100}; err != nil || !slices.Equal(places(found), want) {
		t.Errorf("the last two: %v, %v, want %v", places(found), err, want)
	}
	found, err = e.Before(t.Context(), series, 9, 10)
	if want := []int64{2, 1}; err != nil || !slices.Equal(places(found), want) {
		t.Errorf("before 9: %v, %v, want %v", places(found), err, want)
	}
	if got := after(t, e, "part:none", 0, 10); len(got) != 0 {
		t.Errorf("of an empty series: %v", got)
	}
}

func apart(t *testing.T, open Open) {
	e := open(t)
	for _, s := range []claimlog.Series{"log", "log:", "part:5f", "part:5", "crew"} {
		if !insert(t, e, s, 1, string(s)) {
			t.Errorf("series %q is not its own", s)
		}
	}
	for _, s := range []claimlog.Series{"log", "log:", "part:5f", "part:5", "crew"} {
		found, err := e.After(t.Context(), s, 0, 10)
		if err != nil || len(found) != 1 || string(found[0].Data) != string(s) {
			t.Errorf("series %q: %v, %v", s, found, err)
		}
	}
}

func removed(t *testing.T, open Open) {
	e := open(t)
	var seqs []int64
	for seq := range int64(150) {
		insert(t, e, series, seq+1, "x")
		seqs = append(seqs, seq+1)
	}
	for range 2 {
		if err := e.Remove(t.Context(), series, seqs[:149]); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Remove(t.Context(), series, nil); err != nil {
		t.Errorf("remove nothing: %v", err)
	}
	if got := after(t, e, series, 0, 200); !slices.Equal(got, []int64{150}) {
		t.Errorf("left: %v, want 150", got)
	}
	if !insert(t, e, series, 7, "again") {
		t.Error("a removed place is not free")
	}
}

func largest(t *testing.T, open Open) {
	e := open(t)
	if e.MaxRecord() < 1024 {
		t.Fatalf("MaxRecord is %d", e.MaxRecord())
	}
	data := bytes.Repeat([]byte{0, 0xff, '"', 'x'}, e.MaxRecord()/4)
	if ok, err := e.Insert(t.Context(), series, claimlog.Record{Seq: 1, Data: data}); err != nil || !ok {
		t.Fatalf("Insert of %d bytes = %v, %v", len(data), ok, err)
	}
	found, err := e.After(t.Context(), series, 0, 1)
	if err != nil || len(found) != 1 || !bytes.Equal(found[0].Data, data) {
		t.Errorf("read %d records, %v; the data differs", len(found), err)
	}
}

func clock(t *testing.T, open Open) {
	at, err := open(t).Now(t.Context())
	if errors.Is(err, beat.ErrNoClock) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if off := time.Since(at); off < -time.Minute || off > time.Minute || at.Location() != time.UTC {
		t.Errorf("the clock says %v", at)
	}
}

func cancelled(t *testing.T, open Open) {
	e := open(t)
	insert(t, e, series, 1, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, inserted := e.Insert(ctx, series, claimlog.Record{Seq: 2, Data: []byte("x")})
	_, read := e.After(ctx, series, 0, 1)
	_, last := e.Before(ctx, series, 9, 1)
	for name, err := range map[string]error{
		"Insert": inserted, "After": read, "Before": last, "Remove": e.Remove(ctx, series, []int64{1}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	if got := after(t, e, series, 0, 10); !slices.Equal(got, []int64{1}) {
		t.Errorf("left: %v, want 1", got)
	}
}
