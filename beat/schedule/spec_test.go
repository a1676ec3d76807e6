package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Stores keep hashes across versions: a change of these numbers makes each schedule count as edited.
func TestSpecHashIsStable(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	north, east := 52.52, 13.405
	for _, tt := range []struct {
		name string
		spec schedule.Spec
		want uint64
	}{
		{"crontab", schedule.Spec{Kind: schedule.KindCrontab, Minute: "*/5", Timezone: "Europe/Berlin"}, 0xe849b9aacb1b23d9},
		{"interval", schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"}, 0xed07e35ae8dd0d93},
		{"clocked", schedule.Spec{Kind: schedule.KindClocked, Clocked: at}, 0xdd1db3e803ce7984},
		{"cron", schedule.Spec{Kind: schedule.KindCron, Expression: "@daily"}, 0x117889a2faaad2e6},
		{"solar", schedule.Spec{Kind: schedule.KindSolar, Event: "sunset", Latitude: &north, Longitude: &east}, 0x8d11351bb5c8408d},
		{"rrule", schedule.Spec{Kind: schedule.KindRRule, Expression: "FREQ=DAILY", Timezone: "UTC"}, 0x2ee5d49f9d1287dd},
		{"policy", schedule.Spec{Kind: schedule.KindCrontab, Minute: "5", DST: "both"}, 0xaa6fe78bd08fcb31},
		{"expression", schedule.Spec{Kind: schedule.KindCrontab, Expression: "@daily"}, 0x73efb79a59b39915},
		{"relative", schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days", Relative: true, Timezone: "UTC"}, 0x447e1fbcf3aafa5c},
		{"exclude", schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days", Exclude: "12-25"}, 0x460d3fbb9e67d509},
		{"unknown", schedule.Spec{Kind: "lunar"}, 0xe2acf547445435cf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.spec.Hash(); got != tt.want {
				t.Errorf("got %#x, want %#x", got, tt.want)
			}
		})
	}
}

func TestSpecHashEquality(t *testing.T) {
	t.Parallel()
	crontab := schedule.Spec{Kind: schedule.KindCrontab, Minute: "5"}
	interval := schedule.Spec{Kind: schedule.KindInterval, Every: 60, Period: "seconds"}
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	with := func(s schedule.Spec, change func(*schedule.Spec)) schedule.Spec { change(&s); return s }
	for _, tt := range []struct {
		name string
		a, b schedule.Spec
		same bool
	}{
		{"a star is the default", crontab, with(crontab, func(s *schedule.Spec) { s.Hour, s.DayOfWeek = "*", "*" }), true},
		{"second 0 is the default", crontab, with(crontab, func(s *schedule.Spec) { s.Second = "0" }), true},
		{"columns of other kinds", crontab, with(crontab, func(s *schedule.Spec) { s.Every, s.Clocked = 5, at }), true},
		{"minute", crontab, with(crontab, func(s *schedule.Spec) { s.Minute = "6" }), false},
		{
			"fields do not run together", with(crontab, func(s *schedule.Spec) { s.Minute, s.Hour = "1", "23" }),
			with(crontab, func(s *schedule.Spec) { s.Minute, s.Hour = "12", "3" }), false,
		},
		{"zone", crontab, with(crontab, func(s *schedule.Spec) { s.Timezone = "UTC" }), false},
		{"60 seconds are a minute", interval, with(interval, func(s *schedule.Spec) { s.Every, s.Period = 1, "minutes" }), true},
		{"zone of an interval", interval, with(interval, func(s *schedule.Spec) { s.Timezone = "UTC" }), true},
		{"period", interval, with(interval, func(s *schedule.Spec) { s.Period = "hours" }), false},
		{
			"zone of an instant",
			schedule.Spec{Kind: schedule.KindClocked, Clocked: at},
			schedule.Spec{Kind: schedule.KindClocked, Clocked: at.In(time.FixedZone("", 7200))},
			true,
		},
		{"policy", crontab, with(crontab, func(s *schedule.Spec) { s.DST = "both" }), false},
		{"excluded days", crontab, with(crontab, func(s *schedule.Spec) { s.Exclude = "12-25" }), false},
		{"relative", interval, with(interval, func(s *schedule.Spec) { s.Relative = true }), false},
		{
			"zone of a relative interval", with(interval, func(s *schedule.Spec) { s.Relative = true }),
			with(interval, func(s *schedule.Spec) { s.Relative, s.Timezone = true, "UTC" }), false,
		},
		{
			"zone of excluded days", with(interval, func(s *schedule.Spec) { s.Exclude = "12-25" }),
			with(interval, func(s *schedule.Spec) { s.Exclude, s.Timezone = "12-25", "UTC" }), false,
		},
		{"policy of an interval", interval, with(interval, func(s *schedule.Spec) { s.DST = "both" }), true},
		{"kind", crontab, with(crontab, func(s *schedule.Spec) { s.Kind = schedule.KindCron }), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if same := tt.a.Hash() == tt.b.Hash(); same != tt.same {
				t.Errorf("same is %v, want %v", same, tt.same)
			}
		})
	}
}

func TestFieldErrorIsOneShortLine(t *testing.T) {
	t.Parallel()
	err := &schedule.FieldError{Field: "minute", Value: "a\nb" + strings.Repeat("ü", 500), Problem: "is odd"}
	if got := err.Error(); strings.Contains(got, "\n") || len(got) > 150 || !strings.HasSuffix(got, `…" is odd`) {
		t.Errorf("got %s", got)
	}
}
