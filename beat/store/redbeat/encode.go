package redbeat

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// encode makes the definition of an entry, or says what of it RedBeat cannot keep.
func encode(e *beat.Entry) (string, *problem) {
	if p := unkept(e); p != nil {
		return "", p
	}
	plan, p := writeSchedule(e.Spec)
	if p != nil {
		return "", p
	}
	options, p := optionsOf(e)
	if p != nil {
		return "", p
	}
	args, err := stored(e.Args)
	if err != nil {
		return "", &problem{"args", string(e.Args), err.Error()}
	}
	kwargs, err := stored(e.Kwargs)
	if err != nil {
		return "", &problem{"kwargs", string(e.Kwargs), err.Error()}
	}
	var text strings.Builder
	for _, f := range []struct {
		name  string
		value any
	}{
		{"name", e.Name},
		{"task", e.Task},
		{"args", verbatim(orElse(args, "[]"))},
		{"kwargs", verbatim(orElse(kwargs, "{}"))},
		{"options", options},
		{"schedule", plan},
		{"enabled", e.Enabled},
	} {
		value, ok := f.value.(verbatim)
		if !ok {
			if value, err = textOf(f.value); err != nil {
				return "", &problem{f.name, e.Name, "is not JSON: " + err.Error()}
			}
		}
		if text.Len() > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%q: %s", f.name, value)
	}
	return "{" + text.String() + "}", nil
}

// verbatim is JSON that stays as it was written.
type verbatim string

// textOf writes JSON as Python does, without the escapes that are for HTML.
func textOf(v any) (verbatim, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return verbatim(strings.TrimSuffix(b.String(), "\n")), nil
}

func orElse(text json.RawMessage, otherwise string) string {
	if len(text) == 0 {
		return otherwise
	}
	return string(text)
}

// unkept returns the first field that an entry of RedBeat has no place for.
func unkept(e *beat.Entry) *problem {
	for _, f := range []struct {
		name  string
		set   bool
		value string
	}{
		{"description", e.Description != "", e.Description},
		{"owner", e.Owner != "" && e.Owner != Owner, e.Owner},
		{"one_off", e.OneOff, "true"},
		{"start_time", !e.StartTime.IsZero(), e.StartTime.String()},
		{"end_time", !e.EndTime.IsZero(), e.EndTime.String()},
		{"max_runs", e.MaxRuns != 0, strconv.FormatInt(e.MaxRuns, 10)},
		{"misfire", e.Misfire != "" && e.Misfire != beat.MisfireLast, string(e.Misfire)},
		{"misfire_window", e.MisfireWindow != 0, e.MisfireWindow.String()},
		{"delivery", e.Delivery != "" && e.Delivery != beat.AtLeastOnce, string(e.Delivery)},
		{"schedule_kwargs", len(e.ScheduleKwargs) > 0, string(e.ScheduleKwargs)},
		{"jitter_seconds", e.Jitter != 0, e.Jitter.String()},
		{"active", !e.Active, "false"},
	} {
		if f.set {
			return &problem{f.name, f.value, "cannot be kept by RedBeat"}
		}
	}
	return nil
}

// optionsOf joins the options of an entry with the fields that are options.
func optionsOf(e *beat.Entry) (map[string]any, *problem) {
	all := map[string]any{}
	if len(e.Options) > 0 {
		var given map[string]json.RawMessage
		if err := json.Unmarshal(e.Options, &given); err != nil {
			return nil, &problem{"options", string(e.Options), "is not an object"}
		}
		for name, value := range given {
			all[name] = value
		}
	}
	for name, text := range map[string]string{"queue": e.Queue, "exchange": e.Exchange, "routing_key": e.RoutingKey} {
		if text != "" {
			all[name] = text
		}
	}
	if e.Priority != nil {
		all["priority"] = *e.Priority
	}
	if len(e.Headers) > 0 {
		all["headers"] = e.Headers
	}
	switch {
	case !e.Expires.IsZero():
		all["expires"] = datetimeOf(e.Expires)
	case e.ExpireSeconds != nil:
		all["expires"] = *e.ExpireSeconds
	}
	return all, nil
}

func datetimeOf(at time.Time) datetime {
	at = at.UTC()
	return datetime{
		Type: "datetime", Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Minute: at.Minute(),
		Second: at.Second(), Microsecond: at.Nanosecond() / 1000, Timezone: "UTC",
	}
}
