package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Calendars are named sets of dates that schedules can exclude; the setting calendars.
type Calendars struct {
	named map[string]schedule.Days
}

// Find returns the calendar of a name.
func (c Calendars) Find(name string) (schedule.Days, bool) {
	days, ok := c.named[name]
	return days, ok
}

// set takes a map of names to dates, each a list or a text as schedule.ParseDays reads it; a variable holds it as JSON.
func (c *Calendars) set(v any) error {
	if v == "" {
		v = nil
	}
	given, err := toObject(v)
	if err != nil {
		return errors.New(`is not an object such as {"holidays": ["2026-12-25", "01-01"]}`)
	}
	named := make(map[string]schedule.Days, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text, ok := dateText(given[name])
		if !ok {
			return fmt.Errorf("has under %q no list of dates such as 2026-12-25 or 12-25", name)
		}
		days, err := schedule.ParseDays(name, text, nil)
		if err != nil {
			return fmt.Errorf("has under %w", err)
		}
		named[name] = days
	}
	c.named = named
	return nil
}

func dateText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		words := make([]string, len(v))
		for i, e := range v {
			text, ok := dateText(e)
			if !ok {
				return "", false
			}
			words[i] = text
		}
		return strings.Join(words, ","), true
	case interface{ Format(layout string) string }: // YAML and TOML read a bare date as a time
		return v.Format("2006-01-02"), true
	}
	return "", false
}

func (c *Calendars) show() any {
	shown := make(map[string]string, len(c.named))
	for name, days := range c.named {
		shown[name] = days.String()
	}
	return shown
}
