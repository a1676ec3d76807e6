package foreign

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// Form returns an entry of a list as the tables hold it, to compare it with what is there: options that have a column
// stand in it, as the scheduler itself puts them, and a crontab without a zone has the app's. What the tables cannot hold
// is an *beat.EntryError.
func (s *Store) Form(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	shape, err := s.shape(ctx)
	if err != nil {
		return e, err
	}
	if err := lift(&e, shape); err != nil {
		return e, err
	}
	switch e.Spec.Kind {
	case schedule.KindCrontab:
		if e.Spec.Timezone == "" && !s.oneZone && shape.has("crontabs", "timezone") {
			e.Spec.Timezone = s.zone
		}
	case schedule.KindSolar:
		e.Spec.Latitude, e.Spec.Longitude = micro(e.Spec.Latitude), micro(e.Spec.Longitude)
	case schedule.KindClocked:
		e.OneOff = true
	default:
	}
	if err := s.layout.short(&e); err != nil {
		return e, err
	}
	_, _, err = s.prepared(ctx, &e)
	return e, err
}

// lift takes options into the columns that there are for them. An expiry in seconds has one, also under Celery's name.
func lift(e *beat.Entry, shape *schema) error {
	if len(e.Options) == 0 {
		return nil
	}
	var options map[string]json.RawMessage
	if err := json.Unmarshal(e.Options, &options); err != nil {
		return &beat.EntryError{Name: e.Name, Field: "options", Value: string(e.Options), Problem: "must be a JSON object"}
	}
	maps.DeleteFunc(options, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	for _, o := range []struct {
		option, column string
		free           bool // nothing says otherwise
		into           any
	}{
		{"queue", "queue", e.Queue == "", &e.Queue},
		{"exchange", "exchange", e.Exchange == "", &e.Exchange},
		{"routing_key", "routing_key", e.RoutingKey == "", &e.RoutingKey},
		{"priority", "priority", e.Priority == nil, &e.Priority},
		{"headers", "headers", len(e.Headers) == 0, &e.Headers},
		{"one_off", "one_off", !e.OneOff, &e.OneOff},
		{"expire_seconds", "expire_seconds", e.ExpireSeconds == nil, (*seconds)(e)},
		{"expires", "expire_seconds", e.ExpireSeconds == nil, (*seconds)(e)},
	} {
		value, ok := options[o.option]
		if ok && o.free && shape.has("p", o.column) && json.Unmarshal(value, o.into) == nil {
			delete(options, o.option)
		}
	}
	e.Options = nil
	if len(options) == 0 {
		return nil
	}
	rest, err := json.Marshal(options)
	e.Options = rest
	return err
}

// seconds reads the expiry of an entry, which the column holds in whole seconds.
type seconds beat.Entry

// UnmarshalJSON takes whole numbers.
func (s *seconds) UnmarshalJSON(text []byte) error {
	var n *float64
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	if n != nil && (*n != math.Trunc(*n) || *n < 0 || *n > math.MaxInt32) {
		return errSpan
	}
	s.ExpireSeconds = n
	return nil
}

// micro is an angle as the columns hold it: with six digits after the point.
func micro(degrees *float64) *float64 {
	if degrees == nil {
		return nil
	}
	rounded := math.Round(*degrees*1e6) / 1e6
	return &rounded
}

// short returns *beat.EntryError for names that are longer than their columns.
func (l *Layout) short(e *beat.Entry) error {
	for _, f := range []struct{ name, value string }{
		{"name", e.Name}, {"task", e.Task}, {"queue", e.Queue}, {"exchange", e.Exchange}, {"routing_key", e.RoutingKey},
	} {
		if utf8.RuneCountInString(f.value) > l.Longest {
			return &beat.EntryError{
				Name: e.Name, Field: f.name, Value: f.value,
				Problem: "has more than the " + strconv.Itoa(l.Longest) + " characters that the tables of " + l.Package + " hold",
			}
		}
	}
	return nil
}
