package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
)

// ScheduleTable is the value of beat_schedule: a map of names to entries. What stands in an entry is not checked here.
type ScheduleTable struct {
	text json.RawMessage
}

// Given tells whether there is a beat_schedule, be it an empty one.
func (t *ScheduleTable) Given() bool { return t.text != nil }

// JSON returns the map; nil when there is none.
func (t *ScheduleTable) JSON() json.RawMessage { return t.text }

// takes passes over what is no map: in unit files and for celery beat's option -s the variables of that name hold the
// path of a file.
func (*ScheduleTable) takes(variable string) bool {
	return strings.HasPrefix(variable, "{") || strings.HasPrefix(variable, "@")
}

// ParseSchedule reads a file, YAML or JSON, that holds beat_schedule or a map with that key.
func ParseSchedule(text []byte) (ScheduleTable, error) {
	var t ScheduleTable
	all, err := yaml.Parser().Unmarshal(text) // a superset of JSON
	if err != nil {
		return t, errors.New("is neither YAML nor JSON: " + reason(err))
	}
	var entries any = all
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if Canonical(name) == "beat_schedule" {
			entries = all[name]
		}
	}
	err = t.set(entries)
	return t, err
}

func (t *ScheduleTable) set(v any) error {
	if text, ok := v.(string); ok && strings.HasPrefix(text, "@") {
		content, err := os.ReadFile(text[1:])
		if err != nil {
			return errors.New("is not a readable file: " + reason(err))
		}
		v = string(content)
	}
	text, err := toJSON(v)
	if err != nil {
		return err
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return errors.New("is not a map of names to entries")
	}
	t.text = text
	return nil
}

// show counts the entries, whose arguments may be personal.
func (t *ScheduleTable) show() any {
	var entries map[string]json.RawMessage
	if t.text == nil || json.Unmarshal(t.text, &entries) != nil {
		return nil
	}
	return fmt.Sprintf("%d entries", len(entries))
}

// schedulePath is the value of beat_schedule_filename: the memory of celery beat, which is not needed.
type schedulePath struct{ text }

func (schedulePath) takes(variable string) bool { return !(*ScheduleTable)(nil).takes(variable) }
