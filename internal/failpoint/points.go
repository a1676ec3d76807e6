package failpoint

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Actions.
const (
	actionCrash = "crash"
	actionStop  = "stop"
	actionPause = "pause"
	actionError = "error"
)

// points are what BEAT_FAILPOINT asks for.
type points struct {
	mu   sync.Mutex
	left map[string]*point
}

// point is one of them.
type point struct {
	name   string
	action string
	pause  time.Duration
	times  int // that it is yet to be reached
}

func parse(text string) (*points, error) {
	all := &points{left: map[string]*point{}}
	for spec := range strings.SplitSeq(text, ";") {
		if spec == "" {
			continue
		}
		p, err := parsePoint(spec)
		if err != nil {
			return nil, err
		}
		all.left[p.name] = p
	}
	return all, nil
}

// parsePoint reads NAME=ACTION, NAME=pause:DURATION, each with @TIMES or without.
func parsePoint(spec string) (*point, error) {
	name, rest, _ := strings.Cut(spec, "=")
	action, times, counted := strings.Cut(rest, "@")
	action, length, _ := strings.Cut(action, ":")
	p := &point{name: name, action: action, times: 1}
	var err error
	if counted {
		if p.times, err = strconv.Atoi(times); err != nil || p.times < 1 {
			return nil, fmt.Errorf("BEAT_FAILPOINT: %q: @%s is not a number from 1 on", spec, times)
		}
	}
	switch {
	case action == actionPause:
		if p.pause, err = time.ParseDuration(length); err != nil {
			return nil, fmt.Errorf("BEAT_FAILPOINT: %q: %w", spec, err)
		}
	case action != actionCrash && action != actionStop && action != actionError || length != "":
		return nil, fmt.Errorf("BEAT_FAILPOINT: %q: the action is not crash, stop, pause:DURATION or error", spec)
	}
	return p, nil
}

// hit counts, and returns the point when its time has come.
func (all *points) hit(name string) *point {
	all.mu.Lock()
	defer all.mu.Unlock()
	p := all.left[name]
	if p == nil {
		return nil
	}
	if p.times--; p.times > 0 {
		return nil
	}
	delete(all.left, name)
	return p
}
