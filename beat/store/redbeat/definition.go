package redbeat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// definition is the field of that name of an entry, as RedBeatSchedulerEntry.save writes it (redbeat/schedulers.py).
type definition struct {
	Name     string          `json:"name"`
	Task     string          `json:"task"`
	Args     json.RawMessage `json:"args"`
	Kwargs   json.RawMessage `json:"kwargs"`
	Options  json.RawMessage `json:"options"`
	Schedule json.RawMessage `json:"schedule"`
	Enabled  *bool           `json:"enabled,omitempty"`

	spec    schedule.Spec
	options options
}

func (d *definition) read(text string) *problem {
	if err := decodeOne(text, d); err != nil {
		return &problem{"definition", text, "is not the JSON of an entry: " + err.Error()}
	}
	for _, f := range []struct {
		name string
		text *json.RawMessage
	}{{"args", &d.Args}, {"kwargs", &d.Kwargs}} {
		if bytes.Equal(*f.text, []byte("null")) {
			*f.text = nil
		}
		var err error
		if *f.text, err = plain(*f.text, inMessage); err != nil {
			return &problem{f.name, string(*f.text), err.Error()}
		}
	}
	var p *problem
	if d.options, p = readOptions(d.Options); p != nil {
		return p
	}
	d.spec, p = readSchedule(d.Schedule)
	return p
}

func (d *definition) into(e *beat.Entry) {
	e.Task, e.Args, e.Kwargs = d.Task, d.Args, d.Kwargs
	e.Enabled = d.Enabled == nil || *d.Enabled
	e.Spec = d.spec
	e.Options, e.Expires = d.options.rest, d.options.expires
}

// options are those of apply_async.
type options struct {
	rest    json.RawMessage // all but an expires that is a datetime; nil when there are none
	expires time.Time
}

func readOptions(text json.RawMessage) (o options, p *problem) {
	if len(text) == 0 || bytes.Equal(text, []byte("null")) || bytes.Equal(text, []byte("{}")) {
		return o, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return o, &problem{"options", string(text), "is not an object"}
	}
	if value, ok := all["expires"]; ok && bytes.Contains(value, []byte(typed)) {
		var at moment
		if err := json.Unmarshal(value, &at); err != nil {
			return o, &problem{"expires", string(value), err.Error()}
		}
		o.expires = at.time
		delete(all, "expires")
	}
	for name, value := range all {
		text, err := plain(value, inOption)
		if err != nil {
			return o, &problem{name, string(value), err.Error()}
		}
		all[name] = text
	}
	if len(all) == 0 {
		return o, nil
	}
	rest, err := json.Marshal(all) // of an object that was just read
	if err != nil {
		return o, &problem{"options", string(text), err.Error()}
	}
	o.rest = rest
	return o, nil
}

// decodeOne reads one JSON value and nothing after it.
func decodeOne(text string, to any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(to); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}
