package rrule

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	mostCount    = 10_000
	mostInterval = 1 << 20
	secondsADay  = 24 * 3600
)

// check refuses what would take the library too long or for ever.
func (r *rule) check() error {
	o := &r.option
	switch {
	case o.Interval < 1 || o.Interval > mostInterval:
		return fmt.Errorf("has the INTERVAL %d, which is not between 1 and %d", o.Interval, mostInterval)
	case o.Count > mostCount:
		return fmt.Errorf("has the COUNT %d, which is above %d", o.Count, mostCount)
	case slices.ContainsFunc(o.Byweekday, r.beyond):
		return errors.New("has a BYDAY with a number that no month or year reaches")
	case !r.reachable():
		return errors.New("never meets its BYHOUR, BYMINUTE and BYSECOND in steps of its INTERVAL")
	}
	return nil
}

// beyond tells whether a day of the week is counted further than a month or a year has such days.
func (r *rule) beyond(day rrule.Weekday) bool {
	most := 53
	if r.option.Freq == rrule.MONTHLY || r.option.Freq == rrule.YEARLY && len(r.option.Bymonth) > 0 {
		most = 5
	}
	return day.N() > most || day.N() < -most
}

// reachable tells whether the steps of a rule that runs by the clock ever come to a time of day that its filters let
// pass: the library would look for one without end.
func (r *rule) reachable() bool {
	var unit int
	switch r.option.Freq {
	case rrule.HOURLY:
		unit = 3600
	case rrule.MINUTELY:
		unit = 60
	case rrule.SECONDLY:
		unit = 1
	case rrule.YEARLY, rrule.MONTHLY, rrule.WEEKLY, rrule.DAILY:
		return true
	}
	length := gcd(unit*r.option.Interval%secondsADay, secondsADay)
	begin := r.option.Dtstart.Hour()*3600 + r.option.Dtstart.Minute()*60 + r.option.Dtstart.Second()
	passes := func(list []int, value int) bool { return len(list) == 0 || slices.Contains(list, value) }
	for at := begin % length; at < secondsADay; at += length {
		fits := passes(r.option.Byhour, at/3600)
		if unit <= 60 {
			fits = fits && passes(r.option.Byminute, at/60%60)
		}
		if unit == 1 {
			fits = fits && passes(r.option.Bysecond, at%60)
		}
		if fits {
			return true
		}
	}
	return false
}

func gcd(a, b int) int {
	for a != 0 {
		a, b = b%a, a
	}
	return b
}

// first is where a rule without DTSTART begins: a Monday.
func first() time.Time { return time.Date(1970, time.January, 5, 0, 0, 0, 0, time.UTC) }

// last is the end of all rules, as of other schedules.
func last() time.Time { return time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC) }
