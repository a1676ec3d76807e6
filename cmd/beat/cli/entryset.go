package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

type setter = func(e *beat.Entry, text string, zone *time.Location) error

func fieldArgs(e *beat.Entry) *json.RawMessage           { return &e.Args }
func fieldKwargs(e *beat.Entry) *json.RawMessage         { return &e.Kwargs }
func fieldHeaders(e *beat.Entry) *json.RawMessage        { return &e.Headers }
func fieldOptions(e *beat.Entry) *json.RawMessage        { return &e.Options }
func fieldScheduleKwargs(e *beat.Entry) *json.RawMessage { return &e.ScheduleKwargs }
func fieldOneOff(e *beat.Entry) *bool                    { return &e.OneOff }
func fieldStart(e *beat.Entry) *time.Time                { return &e.StartTime }
func fieldEnd(e *beat.Entry) *time.Time                  { return &e.EndTime }

// textField sets a field to the text as it is.
func textField(field func(*beat.Entry) *string) setter {
	return func(e *beat.Entry, v string, _ *time.Location) error {
		*field(e) = v
		return nil
	}
}

// listField sets a field to a JSON array.
func listField(field func(*beat.Entry) *json.RawMessage) setter {
	return jsonField(field, '[', "array")
}

// objectField sets a field to a JSON object.
func objectField(field func(*beat.Entry) *json.RawMessage) setter {
	return jsonField(field, '{', "object")
}

// jsonField never shows the value in an error: arguments may hold personal data.
func jsonField(field func(*beat.Entry) *json.RawMessage, first byte, kind string) setter {
	return func(e *beat.Entry, v string, _ *time.Location) error {
		if v == "" {
			*field(e) = nil
			return nil
		}
		var whole json.RawMessage
		if err := json.Unmarshal([]byte(v), &whole); err != nil {
			return fmt.Errorf("is not a JSON %s: %w", kind, err)
		}
		if whole = bytes.TrimSpace(whole); whole[0] != first {
			return fmt.Errorf("is JSON, but not an %s", kind)
		}
		*field(e) = whole
		return nil
	}
}

// timeField sets a field to a time.
func timeField(field func(*beat.Entry) *time.Time) setter {
	return func(e *beat.Entry, v string, zone *time.Location) error {
		if v == "" {
			*field(e) = time.Time{}
			return nil
		}
		t, err := parseTime(v, zone)
		if err != nil {
			return err
		}
		*field(e) = t
		return nil
	}
}

// spanField sets a field to a duration.
func spanField(field func(*beat.Entry) *time.Duration) setter {
	return func(e *beat.Entry, v string, _ *time.Location) error {
		d, err := parseSpan(v)
		if err != nil {
			return err
		}
		*field(e) = d
		return nil
	}
}

// boolField sets a field to true or false.
func boolField(field func(*beat.Entry) *bool) setter {
	return func(e *beat.Entry, v string, _ *time.Location) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("%q is not true or false", v)
		}
		*field(e) = b
		return nil
	}
}

func setPriority(e *beat.Entry, v string, _ *time.Location) error {
	if v == "" {
		e.Priority = nil
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", v)
	}
	e.Priority = &n
	return nil
}

func setExpireSeconds(e *beat.Entry, v string, _ *time.Location) error {
	if v == "" {
		e.ExpireSeconds = nil
		return nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n != n || n < 0 || n > maxSeconds {
		return fmt.Errorf("%q is not a number of seconds between 0 and %d", v, maxSeconds)
	}
	e.ExpireSeconds = &n
	return nil
}

func setMaxRuns(e *beat.Entry, v string, _ *time.Location) error {
	if v == "" {
		e.MaxRuns = 0
		return nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", v)
	}
	e.MaxRuns = n
	return nil
}

// maxSeconds is what a duration may be at most: 100 years.
const maxSeconds = 100 * 366 * 24 * 3600

// parseSpan reads a duration: a number of seconds, Go's notation, or days such as 2d. Empty is 0.
func parseSpan(v string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration such as 30, 90s, 1h30m or 2d", v)
	if v == "" {
		return 0, nil
	}
	unit, number := time.Second, v
	if days, ok := strings.CutSuffix(v, "d"); ok {
		unit, number = 24*time.Hour, days
	}
	d, err := time.ParseDuration(v)
	if n, nerr := strconv.ParseFloat(number, 64); nerr == nil {
		if n != n || n > maxSeconds {
			return 0, bad
		}
		d, err = time.Duration(n*float64(unit)), nil
		if n*unit.Seconds() > maxSeconds {
			return 0, bad
		}
	}
	if err != nil {
		return 0, bad
	}
	if d < 0 {
		return 0, errors.New("is negative")
	}
	return d, nil
}
