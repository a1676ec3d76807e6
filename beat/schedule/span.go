package schedule

import "time"

// Enumerated is the most instants that Of counts one by one.
const Enumerated = 100_000

// Of describes the instants of s in (after, until]. A Spanner is asked; any other schedule is walked through, for at
// most Enumerated instants: when Count is that many, there may be more, and Last is the last one seen.
func Of(s Schedule, after, until time.Time) Span {
	if spanner, ok := s.(Spanner); ok {
		return spanner.Span(after, until)
	}
	return walk(s, after, until)
}

func walk(s Schedule, after, until time.Time) Span {
	var span Span
	for span.Count < Enumerated {
		next, ok := s.Next(after)
		if !ok || next.After(until) || !next.After(after) {
			break
		}
		if span.Count == 0 {
			span.First = next
		}
		span.Last, after = next, next
		span.Count++
	}
	return span
}
