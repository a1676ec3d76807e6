package redbeat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// RedBeat turns objects with a "__type__" into Python's own wherever they stand, also within arguments and options. Of those
// only datetimes can be sent; types that it does not know it leaves alone.

// typed marks such objects.
const typed = `"__type__"`

// inMessage is a datetime as kombu (5.3 and newer) writes it into a message.
func inMessage(at time.Time) any {
	return map[string]any{"__type__": "datetime", "__value__": isoformat(at)}
}

// inOption is a datetime as Celery's options have it.
func inOption(at time.Time) any { return isoformat(at) }

// isoformat is that of Python.
func isoformat(at time.Time) string {
	if at.Nanosecond() == 0 {
		return at.Format("2006-01-02T15:04:05-07:00")
	}
	return at.Format("2006-01-02T15:04:05.000000-07:00")
}

// plain puts what form makes of it in place of each datetime of RedBeat. A text without any stays as it is written.
func plain(text json.RawMessage, form func(time.Time) any) (json.RawMessage, error) {
	return replace(text, func(v map[string]any) (any, error) {
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		var at moment
		if err := json.Unmarshal(raw, &at); err != nil {
			return nil, fmt.Errorf("holds a datetime that cannot be read: %w", err)
		}
		return form(at.time), nil
	})
}

// stored is the opposite for arguments: it puts RedBeat's datetimes in place of those of messages.
func stored(text json.RawMessage) (json.RawMessage, error) {
	return replace(text, func(v map[string]any) (any, error) {
		value, _ := v["__value__"].(string)
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return nil, fmt.Errorf("holds the datetime %.80q, which is none such as 2026-01-31T08:00:00+00:00", value)
		}
		return datetimeOf(at), nil
	})
}

// replace puts what change makes of it in place of each object of the type datetime.
func replace(text json.RawMessage, change func(map[string]any) (any, error)) (json.RawMessage, error) {
	if !bytes.Contains(text, []byte(typed)) {
		return text, nil
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber() // numbers stay as they are written
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	v, err := walk(v, change)
	if err != nil {
		return nil, err
	}
	out, err := textOf(v)
	return json.RawMessage(out), err
}

func walk(v any, change func(map[string]any) (any, error)) (_ any, err error) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			if v[i], err = walk(v[i], change); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if mark, ok := v["__type__"]; ok {
			return object(v, mark, change)
		}
		for name := range v {
			if v[name], err = walk(v[name], change); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func object(v map[string]any, mark any, change func(map[string]any) (any, error)) (any, error) {
	kind, ok := mark.(string)
	switch {
	case !ok:
		return nil, errors.New("holds an object whose __type__ is no text")
	case kind == "interval" || kind == "crontab" || kind == "rrule" || kind == "weekday":
		return nil, fmt.Errorf("holds an object with the __type__ %s, which no message can carry", kind)
	case kind == "datetime":
		return change(v)
	}
	return v, nil
}
