package nemesis

import (
	"math/rand/v2"
	"time"
)

// Kind is what is done in a step.
type Kind string

// Kinds.
const (
	Kill         Kind = "kill -9"       // of a beat, which is started again
	Terminate    Kind = "SIGTERM"       // the same
	Freeze       Kind = "SIGSTOP"       // of a beat, for a while
	CutDatabase  Kind = "database cut"  // all connections to it
	CutBroker    Kind = "broker cut"    // the same
	MuteDatabase Kind = "database mute" // nothing passes in either direction for a while, connections stay open
	MuteBroker   Kind = "broker mute"   // the same
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{Kill, Terminate, Freeze, CutDatabase, CutBroker, MuteDatabase, MuteBroker}
}

// Step is one fault.
type Step struct {
	Pause time.Duration // after the step before
	Kind  Kind
	Hold  time.Duration // how long it lasts; 0 for what is over at once
	Beat  int           // which of the beats, from 0
}

const (
	shortestPause = 300 * time.Millisecond
	longestPause  = 3 * time.Second
	shortestHold  = 500 * time.Millisecond
	longestHold   = 9 * time.Second // longer than a lease
)

// Plan returns steps that together take no longer than total, with the given number of beats. It begins with every kind
// once, in an order by chance, as far as they fit.
func Plan(seed uint64, total time.Duration, beats int) []Step {
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a plan that can be repeated
	between := func(low, high time.Duration) time.Duration { return low + time.Duration(rng.Int64N(int64(high-low))) }
	var plan []Step
	for round := Kinds(); ; round = Kinds() {
		rng.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		for _, kind := range round {
			s := Step{Pause: between(shortestPause, longestPause), Kind: kind, Beat: rng.IntN(beats)}
			switch kind {
			case Freeze, MuteDatabase, MuteBroker:
				s.Hold = between(shortestHold, longestHold)
			case Kill, Terminate, CutDatabase, CutBroker:
			}
			if total -= s.Pause + s.Hold; total < 0 {
				return plan
			}
			plan = append(plan, s)
		}
	}
}
