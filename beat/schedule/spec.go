package schedule

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// Spec is a schedule as rows, files and the line protocol state it, before it is checked and compiled. The fields
// are the columns of task_schedule; which of them count depends on Kind.
type Spec struct {
	Kind Kind `json:"kind"`

	// Fields of a crontab, as text. An empty field means "*", an empty Second means the start of the minute.
	Second      string `json:"second,omitempty"`
	Minute      string `json:"minute,omitempty"`
	Hour        string `json:"hour,omitempty"`
	DayOfMonth  string `json:"day_of_month,omitempty"`
	MonthOfYear string `json:"month_of_year,omitempty"`
	DayOfWeek   string `json:"day_of_week,omitempty"`

	// Timezone is an IANA name; empty means the default zone of the caller. It counts for crontab, cron and rrule, for
	// relative intervals and for the dates of Exclude.
	Timezone string `json:"timezone,omitempty"`

	// Every and Period make an interval; Period is one of microseconds, seconds, minutes, hours, days. A Relative one
	// is rounded down to whole days, hours, minutes or seconds, as in Celery.
	Every    int64  `json:"every,omitempty"`
	Period   string `json:"period,omitempty"`
	Relative bool   `json:"relative,omitempty"`

	// Event, Latitude and Longitude (degrees, north and east positive) make a solar schedule.
	Event     string   `json:"event,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`

	// Clocked is the one instant of a clocked schedule.
	Clocked time.Time `json:"clocked_time,omitzero"`

	// Expression is the text of a cron or rrule schedule. A crontab may have one in place of its fields.
	Expression string `json:"expression,omitempty"`

	// DST says what clock changes do to a crontab; see ParseDST. Empty means as in Celery.
	DST string `json:"dst,omitempty"`

	// Exclude lists dates, and names of calendars, on which the schedule is not due; see ParseDays.
	Exclude string `json:"exclude,omitempty"`
}

// Hash returns a number that changes when the schedule does, and only then: fields that do not count for the kind
// have no part in it. It is the same in each process and version, because stores keep it, and never 0.
func (s Spec) Hash() uint64 {
	h := fnv.New64a()
	_, _ = h.Write(s.AppendKey(nil))
	if sum := h.Sum64(); sum != 0 {
		return sum
	}
	return 1
}

// AppendKey appends a canonical text of the fields that count for the kind. Specs with the same key have the same
// instants, given the same default zone and calendars.
func (s Spec) AppendKey(key []byte) []byte {
	key = append(key, s.Kind...)
	switch s.Kind {
	case KindCrontab:
		key = appendTexts(key, orText(s.Second, "0"), orText(s.Minute, "*"), orText(s.Hour, "*"),
			orText(s.DayOfMonth, "*"), orText(s.MonthOfYear, "*"), orText(s.DayOfWeek, "*"), s.Timezone)
	case KindInterval:
		if i, err := NewInterval(s.Every, s.Period); err == nil {
			key = appendTexts(key, strconv.FormatInt(int64(i.Every()), 10)) // 60 seconds are a minute
		} else {
			key = appendTexts(key, strconv.FormatInt(s.Every, 10), s.Period)
		}
	case KindClocked:
		key = appendTexts(key, s.Clocked.UTC().Format(time.RFC3339Nano))
	case KindCron, KindRRule:
		key = appendTexts(key, s.Expression, s.Timezone)
	case KindSolar:
		key = appendTexts(key, s.Event, degrees(s.Latitude), degrees(s.Longitude))
	default:
		key = appendTexts(key, s.Crontab(), s.Timezone, strconv.FormatInt(s.Every, 10), s.Period, s.Expression)
	}
	return s.appendRare(key)
}

// appendRare appends the fields that few schedules have, by name, so that they leave the keys of the others alone.
func (s Spec) appendRare(key []byte) []byte {
	if s.Kind == KindCrontab && s.Expression != "" {
		key = appendTexts(key, "expression", s.Expression)
	}
	if s.Kind == KindCrontab && s.DST != "" {
		key = appendTexts(key, "dst", s.DST)
	}
	if s.Kind == KindInterval && s.Relative {
		key = appendTexts(key, "relative", s.Timezone)
	}
	if s.Exclude != "" {
		key = appendTexts(key, "exclude", s.Exclude, s.Timezone)
	}
	return key
}

func appendTexts(key []byte, texts ...string) []byte {
	const separator = '\x00'
	for _, t := range texts {
		key = append(append(key, separator), t...)
	}
	return key
}

func degrees(d *float64) string {
	if d == nil {
		return ""
	}
	return strconv.FormatFloat(*d, 'g', -1, 64)
}

// A FieldError says which field of a Spec is wrong and what would be right.
type FieldError struct {
	Field   string // the column's name, such as "day_of_week"
	Value   string // as given
	Problem string // for example "is out of range 0-7"
}

// Error returns field, value and problem in one line.
func (e *FieldError) Error() string {
	return e.Field + ": " + quote(e.Value) + " " + e.Problem
}

func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
