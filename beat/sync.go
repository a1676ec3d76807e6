package beat

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	loadPage     = 2000            // entries read at a time when everything is loaded
	leastReaders = 2               // who do so, where the store lets them
	deltaSize    = 1000            // entries handed to the loop at a time
	loadLimit    = 5 * time.Minute // of one read of entries
	bigLoad      = 100_000         // entries after whose loading the memory that it took is given back
)

// follower reads the entries, keeps reading what changes, and hands both to the loop. Polling is the truth; a hint
// only makes it poll at once.
type follower struct {
	store   Store
	compile *Compiler
	owns    func(EntryID) bool // the entry belongs to the shard
	poll    time.Duration
	trouble *trouble

	deltas chan<- delta
	reload <-chan []EntryID

	version Version
	gen     int32
}

// run works until ctx ends.
func (f *follower) run(ctx context.Context) {
	if !f.persist(ctx, "load entries", f.load) {
		return
	}
	hints := f.store.Hints(ctx)
	tick := time.NewTicker(f.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case ids := <-f.reload:
			if !f.persist(ctx, "read entries again", func(ctx context.Context) error { return f.again(ctx, ids) }) {
				return
			}
			continue
		case <-tick.C:
		case _, ok := <-hints:
			if !ok {
				hints = nil
				continue
			}
		}
		if !f.persist(ctx, "look for changes", f.look) {
			return
		}
	}
}

// persist tries until it works; it returns false when ctx ended first.
func (f *follower) persist(ctx context.Context, doing string, try func(context.Context) error) bool {
	wait := newBackoff()
	for {
		err := try(ctx)
		if err == nil {
			f.trouble.worked()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		f.trouble.failed(doing, err)
		if !wait.wait(ctx) {
			return false
		}
	}
}

// load reads everything: in ranges at once where the store has them, else one page while the one before is checked. The
// version is taken before, so that nothing is missed in between.
func (f *follower) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	version, err := f.store.Latest(ctx)
	if err != nil {
		return err
	}
	f.gen++
	load := f.loadPages
	if r, ok := f.store.(Ranger); ok && f.store.Features().Ranges {
		load = func(ctx context.Context) (int, error) { return f.loadRanges(ctx, r) }
	}
	read, err := load(ctx)
	if err != nil {
		return err
	}
	if err := f.give(ctx, delta{gen: f.gen, sweep: true}); err != nil {
		return err
	}
	f.version = version
	if read >= bigLoad {
		debug.FreeOSMemory() // what was read is several times as large as what is kept of it, and is not read again
	}
	return nil
}

// loadRanges reads and checks in parallel what Edge parts, and returns how many entries there are.
func (f *follower) loadRanges(ctx context.Context, store Ranger) (int, error) {
	type part struct{ after, until PageToken }
	var read atomic.Int64
	load := func(ctx context.Context, p part) error {
		checked := make([]loaded, 0, loadPage)
		err := store.Range(ctx, p.after, p.until, func(e *Entry) {
			if f.owns(e.ID) {
				checked = append(checked, f.check(e))
			}
		})
		if err != nil {
			return err
		}
		read.Add(int64(len(checked)))
		return f.handChecked(ctx, checked, delta{gen: f.gen})
	}
	err := share(ctx, max(leastReaders, runtime.GOMAXPROCS(0)), load, func(ctx context.Context, parts chan<- part) error {
		for token := PageToken(""); ; {
			edge, err := store.Edge(ctx, token, loadPage)
			if err != nil {
				return err
			}
			select {
			case parts <- part{after: token, until: edge}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if token = edge; token == "" {
				return nil
			}
		}
	})
	return int(read.Load()), err
}

// loadPages returns how many entries there are.
func (f *follower) loadPages(ctx context.Context) (read int, err error) {
	check := func(ctx context.Context, page []Entry) error { return f.hand(ctx, page, delta{gen: f.gen}) }
	err = share(ctx, runtime.GOMAXPROCS(0), check, func(ctx context.Context, pages chan<- []Entry) (err error) {
		read, err = f.readPages(ctx, pages)
		return err
	})
	return read, err
}

// share lets n goroutines work on what produce sends. The first error ends all of it.
func share[T any](
	ctx context.Context, n int, work func(context.Context, T) error, produce func(context.Context, chan<- T) error,
) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	items := make(chan T)
	var working sync.WaitGroup
	for range n {
		working.Go(func() {
			for item := range items {
				if err := work(ctx, item); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	err := produce(ctx, items)
	close(items)
	working.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (f *follower) readPages(ctx context.Context, pages chan<- []Entry) (int, error) {
	read := 0
	for token := PageToken(""); ; {
		page, next, err := f.store.Load(ctx, token, loadPage)
		if err != nil {
			return read, err
		}
		read += len(page)
		select {
		case pages <- page:
		case <-ctx.Done():
			return read, context.Cause(ctx)
		}
		if token = next; token == "" {
			return read, nil
		}
	}
}

// look asks for changes since the last time.
func (f *follower) look(ctx context.Context) error {
	callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	latest, err := f.store.Latest(callCtx)
	if err != nil {
		return err
	}
	if latest.Same(f.version) {
		return nil
	}
	changed, deleted, next, err := f.store.Since(callCtx, f.version)
	if errors.Is(err, ErrTooOld) {
		return f.load(ctx)
	}
	if err != nil {
		return err
	}
	if err := f.hand(ctx, changed, delta{}); err != nil {
		return err
	}
	if err := f.give(ctx, delta{deleted: deleted}); err != nil {
		return err
	}
	f.version = next
	return nil
}

// again reads entries about which a decision was not taken.
func (f *follower) again(ctx context.Context, ids []EntryID) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	var found []Entry
	gone := delta{}
	for _, id := range ids {
		e, err := f.store.Lookup(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			gone.deleted = append(gone.deleted, id)
		case err != nil:
			return err
		default:
			found = append(found, e)
		}
	}
	if err := f.hand(ctx, found, delta{again: true}); err != nil {
		return err
	}
	return f.give(ctx, gone)
}

// hand checks the entries of the shard, joins them with their cursors and gives them to the loop in pieces like the given
// one.
func (f *follower) hand(ctx context.Context, entries []Entry, like delta) error {
	checked := make([]loaded, 0, len(entries))
	for i := range entries {
		if e := &entries[i]; f.owns(e.ID) {
			checked = append(checked, f.check(e))
		}
	}
	return f.handChecked(ctx, checked, like)
}

func (f *follower) handChecked(ctx context.Context, entries []loaded, like delta) error {
	for part := range slices.Chunk(entries, deltaSize) {
		ids := make([]EntryID, len(part))
		for i := range part {
			ids[i] = part[i].id
		}
		cursors, err := f.store.Get(ctx, ids)
		if err != nil {
			return err
		}
		for i := range part {
			part[i].cursor = cursors[part[i].id]
		}
		d := like
		d.entries = part
		if err := f.give(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) check(e *Entry) loaded {
	out := loaded{id: e.ID, name: e.Name}
	out.plan, out.bad = f.compile.Plan(e)
	return out
}

func (f *follower) give(ctx context.Context, d delta) error {
	if len(d.entries) == 0 && len(d.deleted) == 0 && !d.sweep {
		return nil
	}
	select {
	case f.deltas <- d:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
