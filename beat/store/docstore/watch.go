package docstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listeners"
)

// A Watcher is a Database that may be able to tell at once what is written into its documents.
type Watcher interface {
	// Watches tells whether the database was met by Prepare and offers that.
	Watches() bool
	// Watch calls written with the IDs of documents that were written or deleted, by whomever, from when it begins to
	// listen, which is when it calls it for the first time, without any. A later call without any says that something was
	// written and not what. It blocks until ctx ends or the connection is lost.
	Watch(ctx context.Context, written func(ids ...string)) error
}

const (
	// watchPause is waited before a lost connection is tried again.
	watchPause = time.Second
	// mostTold is how many documents are looked at one by one; of more all are read.
	mostTold = sweepPage
)

// told collects which documents a Watcher tells of. It is safe for concurrent use.
type told struct {
	mu  sync.Mutex
	ids map[string]bool
	all bool // something was written, and it is not known what
}

func (t *told) add(ids ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids == nil {
		t.ids = map[string]bool{}
	}
	for _, id := range ids {
		t.ids[id] = true
	}
	if len(ids) == 0 || len(t.ids) > mostTold {
		t.ids, t.all = nil, true
	}
}

// take returns what was told and forgets it.
func (t *told) take() (ids []string, all bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.ids {
		ids = append(ids, id)
	}
	all, t.ids, t.all = t.all, nil, false
	return ids, all
}

// watcher returns the database if it tells of writes, and what others write is wanted.
func (s *Store) watcher() Watcher {
	if w, ok := s.db.(Watcher); ok && s.sweep.every > 0 && w.Watches() {
		return w
	}
	return nil
}

// Hints returns a channel that receives a value when the database tells of a write; nil when it does not.
func (s *Store) Hints(ctx context.Context) <-chan struct{} {
	w := s.watcher()
	if w == nil {
		return nil
	}
	return s.listeners.Hints(ctx, listeners.Again(watchPause, func(ctx context.Context, hint func()) {
		_ = w.Watch(ctx, func(ids ...string) { // why it ended makes no difference: what it missed is looked for
			s.sweep.told.add(ids...)
			hint()
		})
	}))
}

// lookAt compares the documents that were told of with what is known of them. What cannot be read now is read later.
func (s *Store) lookAt(ctx context.Context, w *sweep) error {
	if w.known == nil {
		return nil // all are read first
	}
	ids, all := w.told.take()
	w.again = w.again || all
	if len(ids) == 0 {
		return nil
	}
	err := s.compare(ctx, w, ids)
	if err != nil {
		w.told.add(ids...)
		return fmt.Errorf("look at what others changed: %w", err)
	}
	return nil
}

func (s *Store) compare(ctx context.Context, w *sweep, ids []string) error {
	documents, err := s.db.Get(ctx, ids)
	if err != nil {
		return err
	}
	found := make(map[string]seen, len(documents))
	for _, d := range documents {
		found[d.ID] = see(d)
	}
	var changed []beat.EntryID
	for _, id := range ids {
		if before, now := w.known[id], found[id]; before.digest != now.digest {
			changed = append(append(changed, before.ids...), now.ids...)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := s.tell(ctx, changed); err != nil {
		return err
	}
	into := []map[string]seen{w.known}
	if w.pass != nil { // which may have read them before
		into = append(into, w.pass.found)
	}
	for _, all := range into {
		for _, id := range ids {
			if now, there := found[id]; there {
				all[id] = now
			} else {
				delete(all, id)
			}
		}
	}
	return nil
}
