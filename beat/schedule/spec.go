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

	// Timezone is an IANA name; empty means the default zone of the caller. It counts for crontab and cron.
	Timezone string `json:"timezone,omitempty"`

	// Every and Period make an interval; Period is one of microseconds, seconds, minutes, hours, days.
	Every  int64  `json:"every,omitempty"`
	Period string `json:"period,omitempty"`

	// Clocked is the one instant of a clocked schedule.
	Clocked time.Time `json:"clocked_time,omitzero"`

	// Expression is the text of a cron schedule.
	Expression string `json:"expression,omitempty"`
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
// instants, given the same default zone.
func (s Spec) AppendKey(key []byte) []byte {
	const separator = '\x00'
	add := func(texts ...string) {
		for _, t := range texts {
			key = append(append(key, separator), t...)
		}
	}
	key = append(key, s.Kind...)
	switch s.Kind {
	case KindCrontab:
		add(orText(s.Second, "0"), orText(s.Minute, "*"), orText(s.Hour, "*"))
		add(orText(s.DayOfMonth, "*"), orText(s.MonthOfYear, "*"), orText(s.DayOfWeek, "*"), s.Timezone)
	case KindInterval:
		if i, err := NewInterval(s.Every, s.Period); err == nil {
			add(strconv.FormatInt(int64(i.Every()), 10)) // 60 seconds are a minute
		} else {
			add(strconv.FormatInt(s.Every, 10), s.Period)
		}
	case KindClocked:
		add(s.Clocked.UTC().Format(time.RFC3339Nano))
	case KindCron:
		add(s.Expression, s.Timezone)
	default:
		add(s.Crontab(), s.Timezone, strconv.FormatInt(s.Every, 10), s.Period, s.Expression)
	}
	return key
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
