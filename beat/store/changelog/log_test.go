package changelog

import (
	"slices"
	"testing"
)

func TestLog(t *testing.T) {
	t.Parallel()
	var l Log[string]
	l.Note("before")
	if _, ok := l.Since(l.Version()); ok {
		t.Error("a log that has not begun answers")
	}
	l.Begin()
	begin := l.Version()
	for _, key := range []string{"a", "b", "a"} {
		l.Note(key)
	}
	if keys, ok := l.Since(begin); !ok || !slices.Equal(keys, []string{"a", "b"}) {
		t.Errorf("since the beginning: %v, %t", keys, ok)
	}
	if keys, ok := l.Since(l.Version()); !ok || len(keys) != 0 {
		t.Errorf("since now: %v, %t", keys, ok)
	}
	ahead := l.Version()
	ahead.Seq++
	if _, ok := l.Since(ahead); ok {
		t.Error("it answers for a version that is not yet")
	}
	for range 3 * keep {
		l.Note("c")
	}
	if _, ok := l.Since(begin); ok {
		t.Error("it answers for what it has forgotten")
	}
	if len(l.changes) > 2*keep {
		t.Errorf("it remembers %d changes", len(l.changes))
	}
	late := l.Version()
	late.Seq -= keep
	if keys, ok := l.Since(late); !ok || !slices.Equal(keys, []string{"c"}) {
		t.Errorf("of the latest changes: %v, %t", keys, ok)
	}
}
