package redbeat

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	keepLog   = 20_000                // changes that are remembered, and the most that Since answers for
	longLook  = 50 * time.Millisecond // a look at all entries that takes longer
	idleShare = 20                    // is followed by none for so many times as long
)

// watch finds changes by comparing digests of all entries with those it saw before. It is safe for concurrent use.
type watch struct {
	store *Store

	mu      sync.Mutex
	digests map[string]string // by name; nil: nothing was seen yet
	seq     int64             // of the newest change
	made    time.Time
	changes []change  // the newest, in the order of seq
	rest    time.Time // no look before
}

// change is an entry that was added, changed or removed.
type change struct {
	seq  int64
	name string
}

// poll looks for changes, unless looking takes so long that it has to rest, and returns the version of all that it has seen.
func (w *watch) poll(ctx context.Context) (beat.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	begun := time.Now()
	if begun.Before(w.rest) {
		return w.version(), nil
	}
	seen, err := w.store.digests(ctx)
	if err != nil {
		return beat.Version{}, err
	}
	if took := time.Since(begun); took > longLook {
		w.rest = time.Now().Add(idleShare * took)
	}
	first := w.digests == nil
	gone := w.compare(seen)
	if first { // entries may have been removed while no beat was there
		if gone, err = w.store.strays(ctx, seen); err != nil {
			return beat.Version{}, err
		}
	}
	if len(gone) == 0 {
		return w.version(), nil
	}
	return w.version(), w.store.forget(ctx, gone)
}

func (w *watch) version() beat.Version { return beat.Version{Seq: w.seq, At: w.made} }

// compare notes what differs from what was known, and returns what is gone. What the first look sees is no news.
func (w *watch) compare(seen map[string]string) (gone []string) {
	known := w.digests
	w.digests = seen
	if known == nil {
		w.seq = 1
		return nil
	}
	for name, digest := range seen {
		if before, ok := known[name]; !ok || changed(before, digest) {
			w.note(name)
		}
	}
	for name := range known {
		if _, ok := seen[name]; !ok {
			w.note(name)
			gone = append(gone, name)
		}
	}
	return gone
}

// changed compares two digests. That the meta is ours now is no change: then we ran the entry.
func changed(before, now string) bool {
	definition, meta, _ := strings.Cut(now, ":")
	wasDefinition, wasMeta, _ := strings.Cut(before, ":")
	return definition != wasDefinition || meta != "" && meta != wasMeta
}

func (w *watch) note(name string) {
	w.seq++
	w.made = time.Now().UTC()
	w.changes = append(w.changes, change{seq: w.seq, name: name})
	if n := len(w.changes) - keepLog; n > keepLog {
		w.changes = slices.Clone(w.changes[n:])
	}
}

// since returns the names of the entries that changed after a version, and the version of the newest; false when that is
// not known any more.
func (w *watch) since(v beat.Version) (names []string, next beat.Version, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next = w.version()
	missed := w.seq - v.Seq
	if v.Seq < 1 || missed < 0 || missed > min(keepLog, int64(len(w.changes))) {
		return nil, next, false
	}
	known := map[string]bool{}
	for _, c := range w.changes[int64(len(w.changes))-missed:] {
		if !known[c.name] {
			known[c.name] = true
			names = append(names, c.name)
		}
	}
	return names, next, true
}

// digests returns the digest of each entry; see changed.
func (s *Store) digests(ctx context.Context) (map[string]string, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]string, len(names))
	for part := range slices.Chunk(names, chunk) {
		reply, err := s.Run(ctx, "digests", anys(part)...)
		if err != nil {
			return nil, err
		}
		for i, digest := range texts(reply) {
			if digest != "" && i < len(part) {
				seen[part[i]] = digest
			}
		}
	}
	return seen, nil
}

// strays returns the names of entries that have a cursor and are not there.
func (s *Store) strays(ctx context.Context, seen map[string]string) ([]string, error) {
	reply, err := s.Run(ctx, "decided")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(texts(reply), func(name string) bool {
		_, ok := seen[name]
		return ok
	}), nil
}

// forget removes what was known of entries that are gone.
func (s *Store) forget(ctx context.Context, names []string) error {
	for part := range slices.Chunk(names, chunk) {
		if _, err := s.Run(ctx, "forget", anys(part)...); err != nil {
			return err
		}
	}
	return nil
}
