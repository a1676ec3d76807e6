package cli

import (
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// parseInstant reads an instant that states its offset.
func parseInstant(field, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, &schedule.FieldError{
			Field: field, Value: text, Problem: "is not an instant such as 2026-01-01T10:00:00Z",
		}
	}
	return t.UTC(), nil
}

// localLayouts are the forms of a local time that people may give.
func localLayouts() [5]string {
	return [...]string{
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	}
}

// parseTime reads an instant that states its offset, or a local time of zone if there is exactly one such.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range localLayouts() {
		if wall, err := time.Parse(layout, text); err == nil {
			return atWall(wall, zone)
		}
	}
	return time.Time{}, fmt.Errorf(
		`%.80q is not a time such as 2026-01-01T10:00:00Z, 2026-01-01T10:00:00+01:00 or "2026-01-01 10:00"`, text)
}

// atWall finds the one instant at which the clocks of zone show wall, which is given as if it were UTC.
func atWall(wall time.Time, zone *time.Location) (time.Time, error) {
	var found []time.Time
	// Clocks change seldom, so one of these offsets holds at each instant in question.
	for _, near := range [...]time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		shown := t.In(zone).Format(time.DateTime) == wall.Format(time.DateTime)
		if shown && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	text := wall.Format(time.DateTime)
	switch len(found) {
	case 1:
		return found[0].UTC(), nil
	case 0:
		return time.Time{}, fmt.Errorf("%s does not exist in %s, where clocks go forward then; give an offset", text, zone)
	}
	return time.Time{}, fmt.Errorf("%s happens twice in %s, where clocks go back then; give an offset, as in %s",
		text, zone, found[0].In(zone).Format(time.RFC3339))
}

// Layouts of times for people.
const (
	whenLayout  = "Mon 2006-01-02 15:04:05.999999 MST -07:00"
	shortLayout = "2006-01-02 15:04:05.999999" // in tables that show the zone in a column of its own
)
