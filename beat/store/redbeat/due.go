package redbeat

import (
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// due returns the last run that an entry gets that never ran, so that its next one is when RedBeat would run it: RedBeat looks
// at it when its score is reached, and takes it for due then. An interval runs at that instant; others keep to their instants:
// the latest of those up to now is due, once, or else the first from the score on.
func (s *Store) due(spec *schedule.Spec, score, now time.Time) time.Time {
	first := now.UTC().Truncate(time.Microsecond)
	if score.After(first) {
		first = score
	}
	sched, err := s.kinds.Compile(*spec)
	if err != nil {
		return time.Time{} // whoever plans the entry says why
	}
	if every, ok := sched.(schedule.Interval); ok {
		return first.Add(-every.Every())
	}
	if first.After(now) {
		return first.Add(-time.Microsecond)
	}
	const day = 24 * time.Hour
	for _, back := range []time.Duration{time.Minute, time.Hour, day, 32 * day, 367 * day, 9 * 366 * day} {
		if span := schedule.Of(sched, first.Add(-back), first); span.Count > 0 {
			return span.Last.Add(-time.Microsecond)
		}
	}
	return first
}
