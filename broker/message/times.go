package message

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// moments are the times of one message. An empty text means none.
type moments struct {
	eta, expires string
	expiration   string // decimal milliseconds
}

// maxSeconds keeps sums within the range of time.Duration; it is 285 years.
const maxSeconds = 9e9

// moments works out the times for a message that is sent now.
func (b *Builder) moments(o *Options, x *Extra, now time.Time) (moments, error) {
	var m moments
	now = now.Truncate(time.Microsecond).In(b.zone)
	switch {
	case x.Countdown != 0:
		t, err := later(now, "countdown", x.Countdown)
		if err != nil {
			return m, err
		}
		m.eta = formatISO(t)
	case x.ETA != "":
		m.eta = x.ETA
	}
	var left float64
	switch {
	case !o.Expires.IsZero():
		t := o.Expires.Truncate(time.Microsecond)
		if t.Location() == time.Local {
			t = t.UTC() // the zone of the machine is an accident
		}
		m.expires, left = formatISO(t), secondsBetween(now, t)
	case o.ExpireSeconds != nil:
		t, err := later(now, "expires", *o.ExpireSeconds)
		if err != nil {
			return m, err
		}
		m.expires, left = formatISO(t), *o.ExpireSeconds
	case x.ExpiresText != "":
		t, ok := parseISO(x.ExpiresText)
		if !ok {
			return m, &OptionError{Field: "expires", Value: x.ExpiresText, Problem: "is not a time in ISO 8601"}
		}
		m.expires, left = x.ExpiresText, secondsBetween(now, t)
	case x.Expiration != nil:
		if _, err := later(now, "expiration", *x.Expiration); err != nil {
			return m, err
		}
		left = *x.Expiration
	default:
		return m, nil
	}
	// In floating point as kombu does it, so that the last digit is the same.
	m.expiration = strconv.FormatInt(int64(max(left, 0)*1000), 10)
	return m, nil
}

// later adds seconds as Python's timedelta does: to microseconds, half to even.
func later(now time.Time, field string, seconds float64) (time.Time, error) {
	if math.IsNaN(seconds) || math.Abs(seconds) > maxSeconds {
		value := strconv.FormatFloat(seconds, 'g', -1, 64)
		return now, &OptionError{Field: field, Value: value, Problem: "is out of range"}
	}
	whole, part := math.Modf(seconds)
	d := time.Duration(whole)*time.Second + time.Duration(math.RoundToEven(part*1e6))*time.Microsecond
	return now.Add(d), nil
}

func secondsBetween(from, to time.Time) float64 {
	seconds := to.Unix() - from.Unix()
	micros := int64(to.Nanosecond()/1000) - int64(from.Nanosecond()/1000)
	return float64(seconds*1e6+micros) / 1e6
}

// formatISO writes t as Python's isoformat does.
func formatISO(t time.Time) string {
	layout := "2006-01-02T15:04:05.000000-07:00"
	if t.Nanosecond() == 0 {
		layout = "2006-01-02T15:04:05-07:00"
	}
	if _, offset := t.Zone(); offset%60 != 0 { // local mean time of the 19th century
		layout += ":00"
	}
	return t.Format(layout)
}

// parseISO reads what Python's datetime.fromisoformat reads, but for week dates and forms without separators. Without
// an offset the time counts as UTC.
func parseISO(s string) (time.Time, bool) {
	if len(s) > len("2006-01-02") && s[len("2006-01-02")] == ' ' {
		s = fmt.Sprintf("%sT%s", s[:10], s[11:])
	}
	for _, layout := range [...]string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02",
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
