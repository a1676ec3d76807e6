// Package entryjson is how stores without columns keep an entry: one JSON object.
package entryjson

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Format is that of the records that this version writes. It reads older ones; the first ones did not name theirs.
const Format = 1

// Record is an entry as it is stored. What is JSON itself stands in it as text, so that it comes back byte for byte.
type Record struct {
	beat.Entry

	Format         int    `json:"format,omitempty"`
	Args           string `json:"args,omitempty"`
	Kwargs         string `json:"kwargs,omitempty"`
	Headers        string `json:"headers,omitempty"`
	Options        string `json:"options,omitempty"`
	ScheduleKwargs string `json:"schedule_kwargs,omitempty"`
}

// New returns the record of an entry, with times in UTC and microseconds.
func New(e beat.Entry) Record {
	e.Expires, e.StartTime, e.EndTime = Stamp(e.Expires), Stamp(e.StartTime), Stamp(e.EndTime)
	e.Spec.Clocked = Stamp(e.Spec.Clocked)
	return Record{
		Entry: e, Format: Format, Args: string(e.Args), Kwargs: string(e.Kwargs), Headers: string(e.Headers), Options: string(e.Options),
		ScheduleKwargs: string(e.ScheduleKwargs),
	}
}

// Check refuses a record that a later version wrote: what is new in it would be dropped with the next edit.
func (r Record) Check() error {
	if r.Format > Format {
		return fmt.Errorf("its format is %d, which a later version of beat wrote; this one reads up to %d", r.Format, Format)
	}
	return nil
}

// Unpack returns the entry.
func (r Record) Unpack() beat.Entry {
	e := r.Entry
	e.Args, e.Kwargs, e.Headers, e.Options = raw(r.Args), raw(r.Kwargs), raw(r.Headers), raw(r.Options)
	e.ScheduleKwargs = raw(r.ScheduleKwargs)
	return e
}

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// Stamp returns an instant as all stores keep it: UTC, microseconds.
func Stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
