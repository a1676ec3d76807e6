package models

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// sqliteFormat has a fixed width, so that text order is time order, and is what SQLite's own functions understand.
const sqliteFormat = "2006-01-02 15:04:05.000000"

// Time is an instant, UTC, to the microsecond. The zero Time is NULL. In SQLite it is text such as
// "2026-01-31 08:00:00.000000", and any text that SQLite takes for a time is read, without zone as UTC.
type Time struct {
	time.Time

	// Text is what a column held that is not a time; Time is zero then.
	Text string
}

// At makes a Time of t.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{Time: t.UTC().Truncate(time.Microsecond)}
}

// Scan reads a column: a time, a text, or a number of microseconds since 1970 as SQLite's state tables have it.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case time.Time:
		*t = At(v)
	case int64:
		*t = Time{Time: time.UnixMicro(v).UTC()}
	case string:
		*t = parseTime(v)
	case []byte:
		*t = parseTime(string(v))
	default:
		return fmt.Errorf("time column holds %T", src)
	}
	return nil
}

// Value returns the time, nil for the zero one.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// GormValue returns the form of the dialect.
func (t Time) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	var v any
	switch {
	case t.IsZero():
	case db.Name() == "sqlite":
		v = t.UTC().Format(sqliteFormat)
	default:
		v = t.UTC().Truncate(time.Microsecond)
	}
	return clause.Expr{SQL: "?", Vars: []any{v}}
}

// GormDataType names the type for GORM.
func (Time) GormDataType() string { return "time" }

// SQLiteText writes an instant as Django does in SQLite: UTC, a fraction only if there is one.
func SQLiteText(t time.Time) string {
	return strings.TrimSuffix(t.UTC().Format(sqliteFormat), ".000000")
}

// parseTime reads a text; what has no zone is UTC.
func parseTime(s string) Time {
	if s == "" {
		return Time{}
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04:05",
		time.RFC3339,
		"2006-01-02 15:04:05 -0700 MST", // time.Time.String, which the SQLite drivers of Go write
		"2006-01-02 15:04",
		"2006-01-02T15:04",
		time.DateOnly,
	} {
		if at, err := time.Parse(layout, s); err == nil {
			return At(at)
		}
	}
	return Time{Text: s}
}
