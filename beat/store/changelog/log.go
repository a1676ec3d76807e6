// Package changelog remembers what changed, for stores that find it by comparing what they read with what they read before.
package changelog

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// keep is how many changes are remembered at least, and the most that Since answers for.
const keep = 20_000

// Log holds the keys of entries that were added, changed or removed, in the order in which that was noticed. Its zero value
// has not begun. It is not safe for concurrent use.
type Log[K comparable] struct {
	seq     int64 // of the newest change; 0: not begun
	made    time.Time
	changes []K // the newest
}

// Begin says that everything was seen once: what is noted from now on is news.
func (l *Log[K]) Begin() {
	if l.seq == 0 {
		l.seq = 1
	}
}

// Begun tells whether Begin was called.
func (l *Log[K]) Begun() bool { return l.seq != 0 }

// Note notes a change; before Begin there is none.
func (l *Log[K]) Note(key K) {
	if !l.Begun() {
		return
	}
	l.seq++
	l.made = time.Now().UTC()
	l.changes = append(l.changes, key)
	if n := len(l.changes) - keep; n > keep {
		l.changes = slices.Clone(l.changes[n:])
	}
}

// Version is that of the newest change.
func (l *Log[K]) Version() beat.Version { return beat.Version{Seq: l.seq, At: l.made} }

// Since returns each key once that was noted after a version; false when that is not known any more.
func (l *Log[K]) Since(v beat.Version) (keys []K, ok bool) {
	missed := l.seq - v.Seq
	if v.Seq < 1 || missed < 0 || missed > min(keep, int64(len(l.changes))) {
		return nil, false
	}
	known := map[K]bool{}
	for _, key := range l.changes[int64(len(l.changes))-missed:] {
		if !known[key] {
			known[key] = true
			keys = append(keys, key)
		}
	}
	return keys, true
}
