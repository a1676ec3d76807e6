package schedule

import "strings"

// repetition says in which passes of a repeated hour a crontab runs.
type repetition uint8

const (
	repeatFirst repetition = iota
	repeatSecond
	repeatBoth
	repeatNone
)

// DST is a policy for wall times that clock changes skip or repeat. The zero value is Celery's.
type DST struct {
	skip   bool // what the clocks skip is left out and not moved
	chosen bool // repeat counts; else it follows from the hour field
	repeat repetition
}

// ParseDST reads the policy of a crontab, the value of the column task_schedule.dst:
//
//	celery  (or empty) a skipped time is moved by the length of the gap; a repeated one runs in the first pass, and
//	        in both when the hour field covers the whole day
//	skip    a skipped time is left out; a repeated one as above
//	once    a skipped time is moved; a repeated one runs in the first pass, whatever the hour field says
//	both    a skipped time is moved; a repeated one runs in both passes
//
// Any other mix is two words: move or skip, a slash, and first, second, both or none, such as "skip/second". The
// error is a *FieldError.
func ParseDST(text string) (DST, error) {
	switch text {
	case "", "celery":
		return DST{}, nil
	case "skip":
		return DST{skip: true}, nil
	case "once":
		return DST{chosen: true, repeat: repeatFirst}, nil
	case "both":
		return DST{chosen: true, repeat: repeatBoth}, nil
	}
	gap, repeat, _ := strings.Cut(text, "/")
	d := DST{skip: gap == "skip", chosen: true}
	known := d.skip || gap == "move"
	switch repeat {
	case "first":
		d.repeat = repeatFirst
	case "second":
		d.repeat = repeatSecond
	case "both":
		d.repeat = repeatBoth
	case "none":
		d.repeat = repeatNone
	default:
		known = false
	}
	if !known {
		return DST{}, &FieldError{
			Field: "dst", Value: text,
			Problem: "is not one of celery, skip, once, both, or move or skip with /first, /second, /both or /none",
		}
	}
	return d, nil
}

// passes returns where a crontab runs whose hour field covers the whole day, or does not.
func (d DST) passes(wholeDay bool) repetition {
	switch {
	case d.chosen:
		return d.repeat
	case wholeDay:
		return repeatBoth
	}
	return repeatFirst
}
