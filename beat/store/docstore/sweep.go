package docstore

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	sweepPage   = 500                    // documents read at once
	sweepBudget = 200 * time.Millisecond // of one poll; the rest is read with the next ones
	sweepShare  = 50                     // so many times as long as a pass took is waited before the next one
	notedAtOnce = 500                    // schedules in one note
)

// A sweep finds what other programs have written: only edits of ours are in the journal. It reads all documents now and
// then, compares them with what it saw before, and notes in the journal what differs. Edits of ours differ, too, and are
// noted once more, which has no effect: what did not change since it was read is left alone.
type sweep struct {
	every time.Duration // at least so long after a pass the next one begins; 0: there is none

	mu    sync.Mutex
	known map[string]seen // by task; nil until all documents were read once
	due   time.Time       // when the next pass begins
	rest  time.Time       // when it may begin if something is known to have been written
	pass  *pass           // under way; may be nil

	told  told // by the database, if it tells
	again bool // something was written since the last pass began, and it is not known what
}

// ParseSweep reads how often documents are looked through: a time such as 30s, or 0 for never.
func ParseSweep(text string) (time.Duration, error) {
	every, err := time.ParseDuration(text)
	if err != nil || every < 0 || every > 0 && every < time.Second {
		return 0, fmt.Errorf("sweep is %q, must be a time of at least a second, such as 30s, or 0 for never", text)
	}
	return every, nil
}

// seen is a document as it was last seen.
type seen struct {
	digest uint64
	ids    []beat.EntryID
}

func see(d Document) seen { return seen{digest: digest(d), ids: idsOf(d)} }

// pass is a reading of all documents.
type pass struct {
	from    string
	took    time.Duration
	found   map[string]seen
	changed []beat.EntryID
}

// look goes on with a pass. The first one ends before anything is loaded, so that what is changed later is noticed.
func (s *Store) look(ctx context.Context) error {
	w := &s.sweep
	if w.every == 0 || !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	if err := s.lookAt(ctx, w); err != nil {
		return err
	}
	begun := time.Now()
	if w.pass == nil {
		due := w.due
		if w.again {
			due = w.rest
		}
		if begun.Before(due) {
			return nil
		}
		w.pass, w.again = &pass{found: make(map[string]seen, len(w.known))}, false
	}
	for w.known == nil || time.Since(begun) < sweepBudget {
		ended, err := s.readOn(ctx, w.pass)
		if err != nil {
			return fmt.Errorf("look for what others changed: %w", err)
		}
		if ended {
			w.pass.took += time.Since(begun)
			return s.conclude(ctx, w)
		}
	}
	w.pass.took += time.Since(begun)
	return nil
}

// readOn reads the next page of a pass and tells whether it was the last one.
func (s *Store) readOn(ctx context.Context, p *pass) (bool, error) {
	documents, err := s.db.Page(ctx, p.from, sweepPage)
	if err != nil {
		return false, err
	}
	for _, d := range documents { // the first one was the last one before
		now := see(d)
		p.found[d.ID] = now
		if s.sweep.known == nil {
			continue
		}
		if before, there := s.sweep.known[d.ID]; !there || before.digest != now.digest {
			p.changed = append(append(p.changed, before.ids...), now.ids...)
		}
	}
	if len(documents) < sweepPage {
		return true, nil
	}
	p.from = documents[sweepPage-1].ID
	return false, nil
}

// conclude notes what a pass has found. When that fails the next pass finds it again.
func (s *Store) conclude(ctx context.Context, w *sweep) error {
	p := w.pass
	now, pause := time.Now(), sweepShare*p.took
	w.pass, w.rest, w.due = nil, now.Add(pause), now.Add(max(w.every, pause))
	for taskID, before := range w.known {
		if _, there := p.found[taskID]; !there {
			p.changed = append(p.changed, before.ids...)
		}
	}
	if len(p.changed) > 0 {
		if err := s.tell(ctx, p.changed); err != nil {
			return fmt.Errorf("note what others changed: %w", err)
		}
	}
	w.known = p.found
	return nil
}

func (s *Store) tell(ctx context.Context, ids []beat.EntryID) error {
	at, err := s.clock(ctx)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), notedAtOnce) {
		if _, err := s.append(ctx, note{IDs: part, At: at}); err != nil {
			return err
		}
	}
	return nil
}

func digest(d Document) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.Quote(d.Name) + strconv.FormatInt(d.Version, 10))) // never fails
	_, _ = h.Write(d.Body)
	return h.Sum64()
}

func idsOf(d Document) []beat.EntryID {
	list := entries(d)
	ids := make([]beat.EntryID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}
