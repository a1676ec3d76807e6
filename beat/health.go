package beat

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// State is what a beat is doing; see the package documentation.
type State string

// States of a beat.
const (
	StateStopped    State = "stopped"
	StateStandby    State = "standby"
	StateFencing    State = "fencing"
	StateRecovering State = "recovering"
	StateLeading    State = "leading"
	StateDraining   State = "draining"
)

// Health is what a beat knows of itself at one moment. Times are UTC.
type Health struct {
	State  State     `json:"state"`
	Since  time.Time `json:"since"`            // when it entered that state, by the local clock
	Epoch  int64     `json:"epoch,omitempty"`  // of its own lease; 0 while it has none
	Leader string    `json:"leader,omitempty"` // who leads, while standing by

	Entries     int `json:"entries"`     // schedules in memory, while leading
	Quarantined int `json:"quarantined"` // those that cannot run because their row is wrong
	Open        int `json:"open"`        // batches claimed and not finished

	Next      time.Time `json:"next,omitzero"`       // the next run
	OldestDue time.Time `json:"oldest_due,omitzero"` // the oldest run that is due and that no broker confirmed

	InState   time.Duration `json:"in_state"`   // since it entered its state
	LoopStill time.Duration `json:"loop_still"` // since its loop last went round, while leading

	Store  string `json:"store_trouble,omitempty"`  // what is wrong with the store; empty: nothing
	Broker string `json:"broker_trouble,omitempty"` // what is wrong with the broker

	ClocksApart bool          `json:"clocks_apart,omitempty"` // nothing is claimed because of that
	Skew        time.Duration `json:"skew"`                   // how far the local clock is ahead of the store's

	// Shards are the parts of a beat over several shards, in their order, or beats that were summed up by Together; the
	// fields above then sum them up.
	Shards []Health `json:"shards,omitempty"`
}

// Together sums up the shards of a beat, or beats of one process, of which there must be one. It leads if it leads any of
// them.
func Together(list []Health) Health {
	if len(list) == 1 {
		return list[0]
	}
	sum := list[0]
	rank := []State{StateStopped, StateStandby, StateFencing, StateRecovering, StateDraining, StateLeading}
	for _, h := range list[1:] {
		if slices.Index(rank, h.State) > slices.Index(rank, sum.State) {
			sum.State, sum.Since, sum.Epoch, sum.Leader = h.State, h.Since, h.Epoch, h.Leader
			sum.InState = h.InState
		}
		sum.Entries += h.Entries
		sum.Quarantined += h.Quarantined
		sum.Open += h.Open
		sum.Next, sum.OldestDue = earliest(sum.Next, h.Next), earliest(sum.OldestDue, h.OldestDue)
		sum.LoopStill = max(sum.LoopStill, h.LoopStill)
		sum.Store, sum.Broker = cmp.Or(sum.Store, h.Store), cmp.Or(sum.Broker, h.Broker)
		if h.ClocksApart || h.Skew.Abs() > sum.Skew.Abs() {
			sum.ClocksApart, sum.Skew = sum.ClocksApart || h.ClocksApart, h.Skew
		}
	}
	sum.Shards = list
	return sum
}

// Late returns how long the oldest run has been due, 0 when none is.
func (h *Health) Late(now time.Time) time.Duration {
	if h.OldestDue.IsZero() {
		return 0
	}
	return max(0, now.Sub(h.OldestDue))
}

// ErrUnhealthy is the cause of a Run that ended because Config.ExitUnhealthy asked for it.
var ErrUnhealthy = errors.New("unhealthy")

// Problem says why a beat is unhealthy: due work is late by more than limit, or its loop stands still. It returns
// "" when it is well. A beat that stands by is well as long as it can reach the store.
func (h *Health) Problem(now time.Time, limit time.Duration) string {
	for i := range h.Shards {
		if problem := h.Shards[i].Problem(now, limit); problem != "" {
			return fmt.Sprintf("shard %d: %s", i, problem)
		}
	}
	if len(h.Shards) > 0 {
		return ""
	}
	switch h.State {
	case StateStopped:
		return "it does not run"
	case StateStandby:
		if h.Store != "" && h.InState > limit {
			return "it stands by and cannot reach the store: " + h.Store
		}
	case StateFencing, StateRecovering:
		if h.InState > limit {
			return fmt.Sprintf("it has been %s for %s: %s", h.State, h.InState.Round(time.Second), firstOf(h.Broker, h.Store))
		}
	case StateLeading, StateDraining:
		if late := h.Late(now); late > limit {
			return fmt.Sprintf("the oldest due run is late by %s%s", late.Round(time.Second), h.because())
		}
		if h.LoopStill > limit+longestSleep {
			return fmt.Sprintf("its loop has stood still for %s", h.LoopStill.Round(time.Second))
		}
	}
	return ""
}

func (h *Health) because() string {
	switch {
	case h.ClocksApart:
		return fmt.Sprintf(": the local clock is %s ahead of the store's", h.Skew.Round(time.Millisecond))
	case h.Broker != "":
		return ": " + h.Broker
	case h.Store != "":
		return ": " + h.Store
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return "no reason is known"
}

// status is where the goroutines of a beat leave what Health reports. It is safe for concurrent use.
type status struct {
	mu      sync.Mutex
	h       Health
	entered time.Time // by the monotonic clock
	looped  time.Time // the same; zero: not yet
}

func newStatus(now time.Time) *status {
	return &status{h: Health{State: StateStopped, Since: now.UTC()}, entered: time.Now()}
}

func (s *status) read() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.h
	h.InState = time.Since(s.entered)
	if !s.looped.IsZero() {
		h.LoopStill = time.Since(s.looped)
	}
	return h
}

func (s *status) update(change func(*Health)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.h)
}

// loop notes a round of the loop.
func (s *status) loop(change func(*Health)) {
	s.update(change)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looped = time.Now()
}

// enter moves to another state.
func (s *status) enter(state State, epoch int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.h.State == state && s.h.Epoch == epoch {
		return
	}
	s.h = Health{State: state, Epoch: epoch, Since: now.UTC(), Store: s.h.Store, Broker: s.h.Broker}
	s.entered, s.looped = time.Now(), time.Time{}
}
