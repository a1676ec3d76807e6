package scheduletest

import (
	"encoding/json"
	"time"
)

// Ask answers a question as the line protocol of `beat next --stdin` does. The error says why the question is refused.
type Ask func(Question) ([]time.Time, error)

// Question is a line of that protocol: a schedule and which of its instants are wanted. At least one of Until and Count
// is given.
type Question struct {
	Kind        string          `json:"kind"`
	Minute      json.RawMessage `json:"minute,omitempty"`
	Hour        json.RawMessage `json:"hour,omitempty"`
	DayOfMonth  json.RawMessage `json:"day_of_month,omitempty"`
	MonthOfYear json.RawMessage `json:"month_of_year,omitempty"`
	DayOfWeek   json.RawMessage `json:"day_of_week,omitempty"`
	Expression  string          `json:"expression,omitempty"`
	Timezone    string          `json:"timezone,omitempty"`
	Every       json.Number     `json:"every,omitempty"`
	Period      string          `json:"period,omitempty"`
	Relative    bool            `json:"relative,omitempty"`
	Event       string          `json:"event,omitempty"`
	Latitude    *float64        `json:"latitude,omitempty"`
	Longitude   *float64        `json:"longitude,omitempty"`
	After       time.Time       `json:"after"`
	Until       time.Time       `json:"until,omitzero"`
	Count       int             `json:"count,omitempty"`
}

// first returns the first instant after the given one; the zero time means never.
func (ask Ask) first(q Question, after time.Time) (time.Time, error) {
	q.After, q.Until, q.Count = after, time.Time{}, 1
	next, err := ask(q)
	if err != nil || len(next) == 0 {
		return time.Time{}, err
	}
	return next[0], nil
}

// crontab is what all recordings of crontabs begin with.
type crontab struct {
	Minute      json.RawMessage `json:"minute"`
	Hour        json.RawMessage `json:"hour"`
	DayOfMonth  json.RawMessage `json:"day_of_month"`
	MonthOfYear json.RawMessage `json:"month_of_year"`
	DayOfWeek   json.RawMessage `json:"day_of_week"`
	TZ          string          `json:"tz"`
	Agrees      bool            `json:"agrees_with_wall_clock"`
}

func (c *crontab) question() Question {
	return Question{
		Kind: "crontab", Minute: c.Minute, Hour: c.Hour, DayOfMonth: c.DayOfMonth, MonthOfYear: c.MonthOfYear,
		DayOfWeek: c.DayOfWeek, Timezone: c.TZ,
	}
}
