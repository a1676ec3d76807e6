package robfig

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/gobeat/gobeat/beat/schedule"
)

// New makes a Schedule of any robfig schedule. Those that the library itself makes are taken over, so that they get
// an answer at any horizon and in bounded time. For others, zone is the location of the time that their Next is
// asked with, its zero time means never, and so does an answer that is not later.
func New(s cron.Schedule, zone *schedule.Zone) (schedule.Schedule, error) {
	switch s := s.(type) {
	case *cron.SpecSchedule:
		if s.Location != nil && s.Location != time.Local { // time.Local is how robfig says "the caller's zone"
			zone = schedule.NewZone(s.Location)
		}
		c, err := bitsOf(s).Crontab(fmt.Sprintf("%T", s), zone)
		if err != nil {
			return nil, fmt.Errorf("taking over a schedule of robfig: %w", err)
		}
		return c, nil
	case cron.ConstantDelaySchedule:
		if s.Delay < time.Second {
			return nil, fieldError("@every "+s.Delay.String(), "must be at least a second")
		}
		return every{s.Delay.Truncate(time.Second)}, nil
	}
	return custom{inner: s, zone: zone}, nil
}

// custom is a schedule that somebody wrote against robfig's interface.
type custom struct {
	inner cron.Schedule
	zone  *schedule.Zone
}

// Next asks the schedule in the zone.
func (c custom) Next(after time.Time) (time.Time, bool) {
	next := c.inner.Next(after.In(c.zone.Location()))
	if next.IsZero() || !next.After(after) {
		return time.Time{}, false
	}
	return next.UTC(), true
}

// String returns the schedule's own text when it has one, else its type.
func (c custom) String() string {
	if s, ok := c.inner.(fmt.Stringer); ok {
		return s.String() + " (" + c.zone.String() + ")"
	}
	return fmt.Sprintf("%T (%s)", c.inner, c.zone)
}
