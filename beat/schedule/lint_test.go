package schedule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestLint(t *testing.T) {
	t.Parallel()
	crontab := func(change func(*schedule.Spec)) schedule.Spec {
		spec := schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}
		change(&spec)
		return spec
	}
	for _, tt := range []struct {
		name string
		spec schedule.Spec
		want []string // "field: value", with ! in front where Celery refuses it
	}{
		{"nothing", crontab(func(*schedule.Spec) {}), nil},
		{"all in Celery's grammar", crontab(func(s *schedule.Spec) {
			s.Minute, s.Hour, s.MonthOfYear, s.DayOfWeek = "*/5,1-3/2", "22-2", "jan,February-4", "mon-fri"
		}), nil},
		{"accident", crontab(func(s *schedule.Spec) { s.Minute = "1,1-2-3" }), []string{"minute: 1-2-3"}},
		{"name of another field", crontab(func(s *schedule.Spec) { s.Hour = "mon" }), []string{"hour: mon"}},
		{"brackets", crontab(func(s *schedule.Spec) { s.Minute = "[0, 30]" }), []string{"!minute: [0, 30]"}},
		{"last day", crontab(func(s *schedule.Spec) { s.DayOfMonth = "L" }), []string{"!day_of_month: L"}},
		{"Sunday as 7", crontab(func(s *schedule.Spec) { s.DayOfWeek = "5-7" }), []string{"!day_of_week: 5-7"}},
		{"7 in other fields", crontab(func(s *schedule.Spec) { s.Minute, s.Hour, s.MonthOfYear = "7", "7-9", "7" }), nil},
		{"a step of 7 is no Sunday", crontab(func(s *schedule.Spec) { s.DayOfWeek = "0-6/7" }), nil},
		{"uneven steps", crontab(func(s *schedule.Spec) { s.Minute, s.Hour = "*/7", "*/5" }), []string{"minute: */7", "hour: */5"}},
		{"a step beyond the field", crontab(func(s *schedule.Spec) { s.Minute = "*/60" }), []string{"minute: */60"}},
		{"both day fields", crontab(func(s *schedule.Spec) { s.DayOfMonth, s.DayOfWeek = "13", "fri" }), []string{"day_of_week: fri"}},
		{"a rare day", crontab(func(s *schedule.Spec) { s.DayOfMonth = "29-31" }), []string{"day_of_month: 29-31"}},
		{"no day", crontab(func(s *schedule.Spec) { s.DayOfMonth, s.MonthOfYear = "30-31", "feb" }), []string{"day_of_month: 30-31"}},
		{"every minute of an hour", crontab(func(s *schedule.Spec) { s.Minute, s.Hour = "*", "4" }), []string{"minute: *"}},
		{"every minute", crontab(func(s *schedule.Spec) { s.Minute = "" }), nil},
		{"seconds", crontab(func(s *schedule.Spec) { s.Second = "*/30" }), []string{"!second: */30"}},
		{"second 0 is the default", crontab(func(s *schedule.Spec) { s.Second = "0" }), nil},
		{"policy", crontab(func(s *schedule.Spec) { s.DST = "both" }), []string{"!dst: both"}},
		{"Celery's policy", crontab(func(s *schedule.Spec) { s.DST = "celery" }), nil},
		{"excluded days", crontab(func(s *schedule.Spec) { s.Exclude = "12-25" }), []string{"!exclude: 12-25"}},
		{
			"expression",
			schedule.Spec{Kind: schedule.KindCrontab, Expression: "*/7 * * * *"},
			[]string{"!expression: */7 * * * *", "minute: */7"},
		},
		{"interval", schedule.Spec{Kind: schedule.KindInterval, Every: 90, Period: "minutes", Relative: true}, nil},
		{
			"relative below a second",
			schedule.Spec{Kind: schedule.KindInterval, Every: 5, Period: "microseconds", Relative: true},
			[]string{"relative: true"},
		},
		{"cron", schedule.Spec{Kind: schedule.KindCron, Expression: "@daily"}, []string{"!kind: cron"}},
		{"rrule", schedule.Spec{Kind: schedule.KindRRule, Expression: "FREQ=DAILY"}, []string{"!kind: rrule"}},
		{"solar", schedule.Spec{Kind: schedule.KindSolar, Event: "sunset"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range schedule.Lint(tt.spec) {
				text := w.Field + ": " + w.Value
				if w.Foreign {
					text = "!" + text
				}
				got = append(got, text)
				if !strings.HasPrefix(w.String(), w.Field+": ") || w.Text == "" || strings.Contains(w.String(), "\n") {
					t.Errorf("%q is not one line of field, value and text", w)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
