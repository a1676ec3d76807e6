package failpoint

import (
	"testing"
	"time"
)

func TestPointsActOnceAtTheirTime(t *testing.T) {
	t.Parallel()
	all, err := parse("a=crash@3;b=pause:20ms;c=error")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, false, true, false} {
		if got := all.hit("a") != nil; got != want {
			t.Errorf("time %d: %v, want %v", i+1, got, want)
		}
	}
	if p := all.hit("b"); p == nil || p.action != actionPause || p.pause != 20*time.Millisecond {
		t.Errorf("b is %+v", p)
	}
	if p := all.hit("c"); p == nil || p.action != actionError {
		t.Errorf("c is %+v", p)
	}
	if all.hit("unknown") != nil {
		t.Error("a point that was not asked for acts")
	}
}

func TestSpecsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"a", "a=", "a=burn", "a=crash@0", "a=crash@x", "a=pause", "a=pause:x", "a=stop:1s"} {
		if _, err := parse(spec); err == nil {
			t.Errorf("%s was accepted", spec)
		}
	}
}
