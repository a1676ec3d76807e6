package robfig

import (
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// every is robfig's @every: a delay of whole seconds, counted from the instant given and rounded down to a second.
type every struct {
	delay time.Duration
}

var _ schedule.Spanner = every{}

func (e every) grid() (schedule.Interval, error) {
	return schedule.NewInterval(int64(e.delay/time.Second), "seconds")
}

// Next returns the instant one delay after the given one, with its fraction of a second dropped.
func (e every) Next(after time.Time) (time.Time, bool) {
	grid, err := e.grid()
	if err != nil {
		return time.Time{}, false
	}
	return grid.Next(whole(after))
}

// Span describes the instants of the grid that begins at after.
func (e every) Span(after, until time.Time) schedule.Span {
	grid, err := e.grid()
	if err != nil {
		return schedule.Span{}
	}
	return grid.Span(whole(after), until)
}

// String returns the expression.
func (e every) String() string { return "@every " + e.delay.String() }

func whole(t time.Time) time.Time { return t.Add(-time.Duration(t.Nanosecond())) }
