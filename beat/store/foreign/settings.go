package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// reserved is the key in a row's headers whose object holds what the tables have no column for. It is not sent.
const reserved = "beat"

// settings is the object under the reserved key. The admin pages can edit it, and celery beat passes over it.
type settings struct {
	Delivery string          `json:"delivery,omitempty"`
	Misfire  string          `json:"misfire,omitempty"`
	Window   span            `json:"window,omitempty"`
	Jitter   span            `json:"jitter,omitempty"`
	DST      string          `json:"dst,omitempty"`
	Exclude  string          `json:"exclude,omitempty"`
	Relative bool            `json:"relative,omitempty"`
	EndTime  string          `json:"end_time,omitempty"`
	MaxRuns  int64           `json:"max_runs,omitempty"`
	Options  json.RawMessage `json:"options,omitempty"`
}

const settingNames = "delivery, misfire, window, jitter, dst, exclude, relative, end_time, max_runs, options"

// span is a length of time: a text such as "1h30m", or a number of seconds.
type span time.Duration

var errSpan = errors.New(`must be a length of time such as "90s" or "1h30m", or a number of seconds`)

// UnmarshalJSON reads either form.
func (s *span) UnmarshalJSON(text []byte) error {
	var words string
	if json.Unmarshal(text, &words) == nil {
		d, err := time.ParseDuration(words)
		if err != nil {
			return errSpan
		}
		*s = span(d)
		return nil
	}
	const most = 100 * 365 * 24 * 3600
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(seconds) || math.Abs(seconds) > most {
		return errSpan
	}
	*s = span(math.Round(seconds*1e6) * 1e3)
	return nil
}

// MarshalJSON writes the text.
func (s span) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).String()) }

// settings reads the headers of the row into the entry.
func (r *row) settings(e *beat.Entry, f *faults) {
	text := f.json("headers", r.headers)
	if len(text) == 0 {
		return
	}
	rest, own, ok := splitHeaders(text)
	if !ok {
		f.add("headers", string(text), "must be a JSON object")
		return
	}
	e.Headers = rest
	if own == nil {
		return
	}
	var s settings
	in := json.NewDecoder(bytes.NewReader(own))
	in.DisallowUnknownFields()
	if err := in.Decode(&s); err != nil {
		f.add("headers.beat", string(own), "cannot be read: "+reason(err)+"; known are "+settingNames)
		return
	}
	e.Delivery, e.Misfire = beat.Delivery(s.Delivery), beat.Misfire(s.Misfire)
	e.MisfireWindow, e.Jitter = time.Duration(s.Window), time.Duration(s.Jitter)
	e.Spec.DST, e.Spec.Exclude, e.Spec.Relative = s.DST, s.Exclude, s.Relative
	e.MaxRuns, e.Options = s.MaxRuns, s.Options
	var end models.Time
	if err := end.Scan(s.EndTime); err != nil || end.Text != "" {
		f.add("headers.beat.end_time", s.EndTime, "is not a time such as 2026-01-31 08:00:00")
	}
	e.EndTime = end.Time
}

// reason is the error of a decoder without the words that name Go's types.
func reason(err error) string {
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return kind.Field + " must not be a " + kind.Value
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// splitHeaders takes the object under the reserved key out of an object; nil when there is none. Everything else stays
// as it was written. False when the text is no object.
func splitHeaders(text json.RawMessage) (rest, own json.RawMessage, ok bool) {
	in := json.NewDecoder(bytes.NewReader(text))
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return nil, nil, false
	}
	var out bytes.Buffer
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, nil, false
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, nil, false
		}
		if key == reserved && value[0] == '{' {
			own = value
			continue
		}
		name, _ := json.Marshal(key) // a string always marshals
		if out.Len() > 0 {
			out.WriteString(", ")
		}
		out.Write(slices.Concat(name, []byte(": "), value))
	}
	if own == nil {
		return text, nil, true
	}
	if out.Len() == 0 {
		return nil, own, true
	}
	return json.RawMessage("{" + out.String() + "}"), own, true
}

// joinHeaders is the opposite of splitHeaders and row.settings: the headers of an entry with its settings.
func joinHeaders(e *beat.Entry) (string, error) {
	s := settings{
		Delivery: string(e.Delivery), Misfire: string(e.Misfire), Window: span(e.MisfireWindow), Jitter: span(e.Jitter),
		DST: e.Spec.DST, Exclude: e.Spec.Exclude, Relative: e.Spec.Relative, MaxRuns: e.MaxRuns, Options: e.Options,
	}
	if s.Delivery == string(beat.AtLeastOnce) {
		s.Delivery = ""
	}
	if s.Misfire == string(beat.MisfireLast) {
		s.Misfire = ""
	}
	if !e.EndTime.IsZero() {
		s.EndTime = e.EndTime.UTC().Format(time.RFC3339Nano)
	}
	own, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	headers := strings.TrimSpace(string(e.Headers))
	switch {
	case string(own) == "{}" && headers == "":
		return "{}", nil
	case string(own) == "{}":
		return headers, nil
	case headers == "" || strings.TrimSpace(strings.Trim(headers, "{}")) == "":
		return `{"` + reserved + `": ` + string(own) + "}", nil
	}
	return strings.TrimSuffix(headers, "}") + `, "` + reserved + `": ` + string(own) + "}", nil
}
