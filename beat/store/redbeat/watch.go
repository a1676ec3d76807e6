package redbeat

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/changelog"
	"github.com/gobeat/gobeat/beat/store/redisstore"
)

const (
	longLook  = 50 * time.Millisecond // a look at all entries that takes longer
	idleShare = 20                    // is followed by none for so many times as long
)

// watch finds changes by comparing digests of all entries with those it saw before. It is safe for concurrent use.
type watch struct {
	store *Store

	mu      sync.Mutex
	digests map[string]string // by name; nil: nothing was seen yet
	changes changelog.Log[string]
	rest    time.Time // no look before
}

// poll looks for changes, unless looking takes so long that it has to rest, and returns the version of all that it has seen.
func (w *watch) poll(ctx context.Context) (beat.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	begun := time.Now()
	if begun.Before(w.rest) {
		return w.changes.Version(), nil
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
		return w.changes.Version(), nil
	}
	return w.changes.Version(), w.store.forget(ctx, gone)
}

// compare notes what differs from what was known, and returns what is gone. What the first look sees is no news.
func (w *watch) compare(seen map[string]string) (gone []string) {
	known := w.digests
	w.digests = seen
	if known == nil {
		w.changes.Begin()
		return nil
	}
	for name, digest := range seen {
		if before, ok := known[name]; !ok || changed(before, digest) {
			w.changes.Note(name)
		}
	}
	for name := range known {
		if _, ok := seen[name]; !ok {
			w.changes.Note(name)
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

// since returns the names of the entries that changed after a version, and the version of the newest; false when that is
// not known any more.
func (w *watch) since(v beat.Version) (names []string, next beat.Version, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, ok = w.changes.Since(v)
	return names, w.changes.Version(), ok
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
		for i, digest := range redisstore.Words(reply) {
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
	return slices.DeleteFunc(redisstore.Words(reply), func(name string) bool {
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
