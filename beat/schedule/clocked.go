package schedule

import "time"

// Clocked is due once, at a given instant. It is immutable and safe for concurrent use.
type Clocked struct {
	at time.Time
}

var _ Spanner = Clocked{}

// NewClocked returns the schedule of one instant. The zero time is a *FieldError.
func NewClocked(at time.Time) (Clocked, error) {
	if at.IsZero() {
		return Clocked{}, &FieldError{
			Field: "clocked_time", Problem: "is missing, an instant such as 2030-01-02T03:04:05Z is wanted",
		}
	}
	if unix := at.Unix(); unix < minUnix || unix > maxUnix {
		return Clocked{}, &FieldError{
			Field: "clocked_time", Value: at.UTC().Format(time.RFC3339), Problem: "is out of the years 1-9999",
		}
	}
	return Clocked{at: at.UTC()}, nil
}

// Next returns the instant if it is later than after.
func (c Clocked) Next(after time.Time) (time.Time, bool) {
	if !c.at.After(after) {
		return time.Time{}, false
	}
	return c.at, true
}

// Span holds the instant or nothing.
func (c Clocked) Span(after, until time.Time) Span {
	if !c.at.After(after) || c.at.After(until) {
		return Span{}
	}
	return Span{First: c.at, Last: c.at, Count: 1}
}

// String returns the instant, such as "at 2030-01-02T03:04:05Z".
func (c Clocked) String() string { return "at " + c.at.Format(time.RFC3339Nano) }
