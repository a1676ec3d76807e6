package foreign

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/changelog"
	"github.com/gobeat/gobeat/models"
)

const (
	leastSlice = 2000 // rows that one poll looks at without cause
	slices60   = 50   // so many polls look at the whole table: a minute, about
)

// watch finds changes by reading the table and comparing it with what it saw before. Each poll looks at the next slice
// of it. When the marker has moved, or triggers tell of a change, it goes through the whole table at once, as far as
// time allows, and through the rest with the next polls.
//
// The fields after mu are guarded by it.
type watch struct {
	store *Store
	log   *slog.Logger
	limit time.Duration // most work of one poll

	hinted atomic.Bool // something changed since the last poll

	mu     sync.Mutex
	rows   []seen    // in the order of ids
	at     int64     // the id up to which the present pass through the table has come
	marker time.Time // as it was last read; zero: there is none
	cause  bool      // the whole table is to be read at once
	newer  bool      // there was cause again since that began

	changes changelog.Log[int64] // by id

	before map[int64]time.Time // of rows that changed: when the former state was last seen
}

// seen is a row as it was last seen.
type seen struct {
	id     int64
	digest uint64
	micros int64 // when, since 1970: there may be a million of them
}

// poll looks for changes and returns the version of all that it has seen.
func (w *watch) poll(ctx context.Context) (beat.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	begun := time.Now()
	marker, err := w.store.lastUpdate(ctx)
	if err != nil {
		return beat.Version{}, err
	}
	if hinted := w.hinted.Swap(false); hinted || !marker.Equal(w.marker) || !w.changes.Begun() {
		w.marker = marker
		w.newer, w.cause = w.cause, true
		if !w.newer {
			w.at = 0
		}
	}
	first := !w.changes.Begun()
	for {
		if err := w.look(ctx); err != nil {
			return beat.Version{}, err
		}
		if !w.cause || !first && time.Since(begun) > w.limit {
			break
		}
	}
	w.changes.Begin() // what the first pass sees is no news
	return w.changes.Version(), nil
}

// look reads the next slice of the table.
func (w *watch) look(ctx context.Context) error {
	size := max(leastSlice, len(w.rows)/slices60)
	now := time.Now().UnixMicro()
	var slice []seen
	err := w.store.eachPaged(ctx, "where p.id > ? order by p.id limit ?", []any{w.at, size}, func(r *row) {
		slice = append(slice, seen{id: r.id, digest: r.digest(), micros: now})
		w.second(r)
	})
	if err != nil {
		return err
	}
	w.compare(slice, len(slice) < size)
	if len(slice) == size {
		w.at = slice[size-1].id
		return nil
	}
	w.at, w.cause, w.newer = 0, w.newer, false
	return nil
}

// compare notes what differs from what was known of the ids from at to the end of the slice, or to the end of all.
func (w *watch) compare(slice []seen, last bool) {
	from := w.index(w.at + 1)
	to := len(w.rows)
	if !last {
		to = w.index(slice[len(slice)-1].id + 1)
	}
	known := w.rows[from:to]
	for _, s := range slice {
		for len(known) > 0 && known[0].id < s.id {
			w.changes.Note(known[0].id)
			delete(w.before, known[0].id)
			known = known[1:]
		}
		switch {
		case len(known) == 0 || known[0].id > s.id:
			w.changes.Note(s.id)
			continue
		case known[0].digest != s.digest:
			w.changes.Note(s.id)
			w.before[s.id] = time.UnixMicro(known[0].micros)
		}
		known = known[1:]
	}
	for _, k := range known {
		w.changes.Note(k.id)
		delete(w.before, k.id)
	}
	w.rows = slices.Replace(w.rows, from, to, slice...)
}

// index is the place of the first known row whose id is not smaller.
func (w *watch) index(id int64) int {
	i, _ := slices.BinarySearchFunc(w.rows, id, func(s seen, id int64) int { return cmp.Compare(s.id, id) })
	return i
}

// second warns of runs by somebody else while we watch: with two schedulers on the same rows, both send.
func (w *watch) second(r *row) {
	ran := r.ranAt()
	if !w.changes.Begun() || r.decided.IsZero() || !ran.After(r.decided.Time) {
		return
	}
	if i := w.index(r.id); i == len(w.rows) || w.rows[i].id != r.id || w.rows[i].digest == r.digest() {
		return // told already
	}
	w.log.Warn("last_run_at was written by somebody else: does a second scheduler run?",
		"name", string(r.name), "id", r.id, "last_run_at", ran, "decided_to", r.decided.Time)
}

// since returns the ids of the rows that changed after a version, and the version of the newest; false when that is not
// known any more.
func (w *watch) since(v beat.Version) (ids []int64, next beat.Version, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids, ok = w.changes.Since(v)
	return ids, w.changes.Version(), ok
}

// dated makes an entry of a row. Whoever changes the row of a schedule, or goes past the ORM, leaves date_changed as it
// was; then the change counts from when the former state was last seen.
func (w *watch) dated(r *row) beat.Entry {
	e := r.entry()
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, ok := w.before[r.id]; ok && !e.ModifiedAt.IsZero() && before.After(e.ModifiedAt) {
		e.ModifiedAt = models.At(before).Time
	}
	return e
}
