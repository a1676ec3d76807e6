package rrule

import (
	"fmt"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// rule is one recurrence rule on a wall clock, whose times are written as if they were UTC.
type rule struct {
	option rrule.ROption
	fixed  []time.Time // all times of a rule with COUNT
	count  bool
}

// newRule fills in what a rule takes from its beginning, so that it can begin elsewhere.
func newRule(o rrule.ROption) (*rule, error) {
	made, err := rrule.NewRRule(o)
	if err != nil {
		return nil, err
	}
	filled := made.Options
	if filled.Freq < rrule.HOURLY && len(filled.Byhour) == 0 {
		filled.Byhour = []int{o.Dtstart.Hour()}
	}
	if filled.Freq < rrule.MINUTELY && len(filled.Byminute) == 0 {
		filled.Byminute = []int{o.Dtstart.Minute()}
	}
	if filled.Freq < rrule.SECONDLY && len(filled.Bysecond) == 0 {
		filled.Bysecond = []int{o.Dtstart.Second()}
	}
	filled.Until = o.Until // the library's own is 290 years after the beginning
	r := &rule{option: filled, count: o.Count > 0}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.count {
		return r, guard(func() { r.fixed = made.All() })
	}
	_, _, err = r.search(o.Dtstart)
	return r, err
}

// next returns the first time strictly later than after.
func (r *rule) next(after time.Time) (time.Time, bool) {
	next, ok, err := r.search(after)
	return next, ok && err == nil
}

// search is next, and tells when the library cannot cope with the rule.
func (r *rule) search(after time.Time) (next time.Time, ok bool, err error) {
	if r.count {
		i, _ := slices.BinarySearchFunc(r.fixed, after, func(t, after time.Time) int {
			if t.After(after) {
				return 1
			}
			return -1
		})
		if i == len(r.fixed) {
			return time.Time{}, false, nil
		}
		return r.fixed[i], true, nil
	}
	if !r.option.Until.IsZero() && !after.Before(r.option.Until) {
		return time.Time{}, false, nil
	}
	o := r.option
	o.Dtstart = r.near(after)
	if o.Until.IsZero() {
		o.Until = last()
	}
	made, err := rrule.NewRRule(o)
	if err != nil {
		return time.Time{}, false, err
	}
	err = guard(func() { next = made.After(after, false) })
	return next, err == nil && !next.IsZero(), err
}

// guard calls the library, which indexes its tables by what a rule says and does not check all of it.
func guard(call func()) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("cannot be computed: %v", problem)
		}
	}()
	call()
	return nil
}

// near returns a beginning before an instant that is in step with the rule's own, and far enough back for the period
// that holds the instant to be complete.
func (r *rule) near(after time.Time) time.Time {
	begin, n := r.option.Dtstart, max(1, r.option.Interval)
	if !after.After(begin) {
		return begin
	}
	var moved time.Time
	switch r.option.Freq {
	case rrule.YEARLY:
		years := (after.Year() - begin.Year()) / n * n
		moved = time.Date(begin.Year()+years-n, time.January, 1, 0, 0, 0, 0, time.UTC)
	case rrule.MONTHLY:
		months := (12*(after.Year()-begin.Year()) + int(after.Month()) - int(begin.Month())) / n * n
		moved = time.Date(begin.Year(), begin.Month()+time.Month(months-n), 1, 0, 0, 0, 0, time.UTC)
	case rrule.WEEKLY:
		moved = step(begin, after, 7*24*3600, n)
	case rrule.DAILY:
		moved = step(begin, after, 24*3600, n)
	case rrule.HOURLY:
		moved = step(begin, after, 3600, n)
	case rrule.MINUTELY:
		moved = step(begin, after, 60, n)
	case rrule.SECONDLY:
		moved = step(begin, after, 1, n)
	}
	if moved.Before(begin) {
		return begin
	}
	return moved
}

// step moves begin on by whole intervals of n units, two of them short of after.
func step(begin, after time.Time, unit int64, n int) time.Time {
	length := unit * int64(n)
	steps := (after.Unix()-begin.Unix())/length - 2
	return time.Unix(begin.Unix()+steps*length, 0).UTC()
}

// subDaily tells whether the rule runs by the clock and not by the day.
func (r *rule) subDaily() bool { return r.option.Freq >= rrule.HOURLY }
