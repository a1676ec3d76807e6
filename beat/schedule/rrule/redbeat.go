package rrule

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// redBeat is a rule as RedBeat keeps it (redbeat/decoder.py). Times are Unix seconds; their zones are minutes east of
// UTC.
type redBeat struct {
	Type       string      `json:"__type__"`
	Freq       any         `json:"freq"`
	Interval   *int        `json:"interval"`
	Wkst       any         `json:"wkst"`
	Count      *int        `json:"count"`
	Until      *float64    `json:"until"`
	UntilTZ    *float64    `json:"until_tz"`
	Dtstart    *float64    `json:"dtstart"`
	DtstartTZ  *float64    `json:"dtstart_tz"`
	Bysetpos   numbers     `json:"bysetpos"`
	Bymonth    numbers     `json:"bymonth"`
	Bymonthday numbers     `json:"bymonthday"`
	Byyearday  numbers     `json:"byyearday"`
	Byeaster   numbers     `json:"byeaster"`
	Byweekno   numbers     `json:"byweekno"`
	Byweekday  weekdayList `json:"byweekday"`
	Byhour     numbers     `json:"byhour"`
	Byminute   numbers     `json:"byminute"`
	Bysecond   numbers     `json:"bysecond"`
}

// parseRedBeat reads a rule in RedBeat's JSON. Its wall clock has a fixed offset, that of dtstart.
func parseRedBeat(text string, zone *time.Location) (*Schedule, error) {
	var in redBeat
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("is not a rule in RedBeat's JSON: %w", err)
	}
	if in.Type != "" && in.Type != "rrule" {
		return nil, fmt.Errorf("has the type %.40q, where rrule is wanted", in.Type)
	}
	option, err := in.option()
	if err != nil {
		return nil, err
	}
	if in.DtstartTZ != nil {
		zone = time.FixedZone("", int(*in.DtstartTZ*60))
	}
	switch {
	case in.Dtstart != nil:
		option.Dtstart = onWall(time.Unix(int64(*in.Dtstart), 0), zone)
	case option.Count > 0:
		return nil, errors.New("has count without dtstart, so that nobody could tell what it counts from")
	default:
		option.Dtstart = first()
	}
	if in.Until != nil {
		option.Until = onWall(time.Unix(int64(*in.Until), 0), zone)
	}
	r, err := newRule(option)
	if err != nil {
		return nil, fmt.Errorf("has a rule that %w", err)
	}
	return &Schedule{rules: []*rule{r}, zone: zone, both: r.subDaily()}, nil
}

func (in *redBeat) option() (rrule.ROption, error) {
	o := rrule.ROption{
		Interval: 1, Bysetpos: in.Bysetpos, Bymonth: in.Bymonth, Bymonthday: in.Bymonthday, Byyearday: in.Byyearday,
		Byeaster: in.Byeaster, Byweekno: in.Byweekno, Byweekday: in.Byweekday, Byhour: in.Byhour,
		Byminute: in.Byminute, Bysecond: in.Bysecond,
	}
	switch freq := in.Freq.(type) {
	case float64:
		if freq != float64(int(freq)) || freq < 0 || freq > 6 {
			return o, fmt.Errorf("has the freq %v, which is not 0 (yearly) to 6 (secondly)", freq)
		}
		o.Freq = rrule.Frequency(freq)
	case string:
		var err error
		if o.Freq, err = rrule.StrToFreq(strings.ToUpper(freq)); err != nil {
			return o, fmt.Errorf("has the freq %.40q, which is not YEARLY to SECONDLY", freq)
		}
	default:
		return o, errors.New("has no freq")
	}
	if in.Interval != nil {
		o.Interval = *in.Interval
	}
	if in.Count != nil {
		o.Count = *in.Count
	}
	if in.Wkst != nil {
		day, err := weekdayOf(in.Wkst)
		if err != nil {
			return o, err
		}
		o.Wkst = day
	}
	return o, nil
}

// numbers is a list of integers, or one of them, or null.
type numbers []int

// UnmarshalJSON implements json.Unmarshaler.
func (n *numbers) UnmarshalJSON(text []byte) error {
	var one int
	if json.Unmarshal(text, &one) == nil && string(text) != "null" {
		*n = numbers{one}
		return nil
	}
	return json.Unmarshal(text, (*[]int)(n))
}

// weekdayList is a list of days of the week: numbers from 0 (Monday), or objects {"wkday": 0, "n": 2}.
type weekdayList []rrule.Weekday

// UnmarshalJSON implements json.Unmarshaler.
func (w *weekdayList) UnmarshalJSON(text []byte) error {
	var list []any
	if err := json.Unmarshal(text, &list); err != nil {
		var one any
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		list = []any{one}
	}
	*w = nil
	for _, v := range list {
		day, err := weekdayOf(v)
		if err != nil {
			return err
		}
		*w = append(*w, day)
	}
	return nil
}

func weekdayOf(v any) (rrule.Weekday, error) {
	days := [...]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}
	nth := 0
	if object, ok := v.(map[string]any); ok {
		if n, ok := object["n"].(float64); ok {
			nth = int(n)
		}
		v = object["wkday"]
		if v == nil {
			v = object["weekday"]
		}
	}
	day, ok := v.(float64)
	if !ok || day != float64(int(day)) || day < 0 || day > 6 {
		return rrule.Weekday{}, fmt.Errorf("has the day of the week %v, which is not 0 (Monday) to 6", v)
	}
	return days[int(day)].Nth(nth), nil
}
