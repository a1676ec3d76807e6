package redbeat

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat/schedule"
)

// plan is a schedule in RedBeat's JSON; see redbeat/decoder.py.
type plan struct {
	Type string `json:"__type__"`

	Every    float64 `json:"every"` // seconds
	Relative bool    `json:"relative"`

	Minute      field `json:"minute"`
	Hour        field `json:"hour"`
	DayOfWeek   field `json:"day_of_week"`
	DayOfMonth  field `json:"day_of_month"`
	MonthOfYear field `json:"month_of_year"`
}

func readSchedule(text json.RawMessage) (spec schedule.Spec, _ *problem) {
	var in plan
	if err := json.Unmarshal(text, &in); err != nil {
		return spec, &problem{"schedule", string(text), "cannot be read: " + err.Error()}
	}
	switch in.Type {
	case "interval":
		return in.interval()
	case "crontab":
		return schedule.Spec{
			Kind: schedule.KindCrontab, Minute: string(in.Minute), Hour: string(in.Hour), DayOfWeek: string(in.DayOfWeek),
			DayOfMonth: string(in.DayOfMonth), MonthOfYear: string(in.MonthOfYear),
		}, nil
	case "rrule":
		return schedule.Spec{Kind: schedule.KindRRule, Expression: string(text)}, nil
	}
	return spec, &problem{"schedule", in.Type, "is none of interval, crontab, rrule"}
}

func (in *plan) interval() (schedule.Spec, *problem) {
	value := strconv.FormatFloat(in.Every, 'g', -1, 64)
	const most = 100 * 365 * 24 * 3600
	if math.IsNaN(in.Every) || in.Every <= 0 || in.Every > most {
		return schedule.Spec{}, &problem{"every", value, "is no number of seconds from 0.000001 to a hundred years"}
	}
	spec := schedule.Spec{Kind: schedule.KindInterval, Every: int64(in.Every), Period: "seconds", Relative: in.Relative}
	if in.Every != math.Trunc(in.Every) {
		spec.Every, spec.Period = int64(math.Round(in.Every*1e6)), "microseconds"
	}
	if spec.Every == 0 {
		return schedule.Spec{}, &problem{"every", value, "is less than a microsecond"}
	}
	return spec, nil
}

// field is a field of a crontab, which Celery takes as text, a number or a list of numbers.
type field string

// UnmarshalJSON reads any of them; it is how encoding/json calls it.
func (f *field) UnmarshalJSON(raw []byte) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	list, many := value.([]any)
	if !many {
		list = []any{value}
	}
	parts := make([]string, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case string:
			parts[i] = v
		case float64:
			parts[i] = strconv.FormatFloat(v, 'g', -1, 64)
		default:
			return fmt.Errorf("%s is no text, number or list of numbers", raw)
		}
	}
	*f = field(strings.Join(parts, ","))
	return nil
}

// writeSchedule makes RedBeat's form of a schedule.
func writeSchedule(s schedule.Spec) (any, *problem) {
	switch {
	case s.Exclude != "":
		return nil, &problem{"exclude", s.Exclude, "cannot be kept by RedBeat"}
	case s.Timezone != "" && s.Kind != schedule.KindRRule:
		return nil, &problem{"timezone", s.Timezone, "cannot be kept by RedBeat, which takes that of the app"}
	}
	switch s.Kind {
	case schedule.KindInterval:
		interval, err := schedule.NewInterval(s.Every, s.Period)
		if err != nil {
			return nil, &problem{"every, period", strconv.FormatInt(s.Every, 10) + " " + s.Period, err.Error()}
		}
		return map[string]any{"__type__": "interval", "every": interval.Every().Seconds(), "relative": s.Relative}, nil
	case schedule.KindCrontab:
		if s.Second != "" || s.Expression != "" || s.DST != "" {
			return nil, &problem{"second, expression or dst", s.Second + s.Expression + s.DST, "cannot be kept by RedBeat"}
		}
		star := func(text string) string {
			if text == "" {
				return "*"
			}
			return text
		}
		return map[string]any{
			"__type__": "crontab", "minute": star(s.Minute), "hour": star(s.Hour), "day_of_week": star(s.DayOfWeek),
			"day_of_month": star(s.DayOfMonth), "month_of_year": star(s.MonthOfYear),
		}, nil
	case schedule.KindRRule:
		if !json.Valid([]byte(s.Expression)) {
			return nil, &problem{"expression", s.Expression, "must be a rule in RedBeat's JSON to be kept by it"}
		}
		return verbatim(s.Expression), nil
	default:
		return nil, &problem{"kind", string(s.Kind), "cannot be kept by RedBeat: it has interval, crontab and rrule"}
	}
}
