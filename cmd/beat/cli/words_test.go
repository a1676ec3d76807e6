package cli

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestWords(t *testing.T) {
	t.Parallel()
	crontab := func(text string) schedule.Spec {
		spec, err := schedule.ParseCrontab(text)
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	second := func(second, text string) schedule.Spec {
		spec := crontab(text)
		spec.Second = second
		return spec
	}
	tests := []struct {
		spec schedule.Spec
		want string
	}{
		{crontab("* * * * *"), "every minute"},
		{crontab("*/5 * * * *"), "every 5 minutes"},
		{crontab("*/7 * * * *"), "crontab */7 * * * *"}, // not the same distance at the turn of the hour
		{crontab("5 * * * *"), "at minute 5 of every hour"},
		{crontab("5 7 * * *"), "at 07:05 every day"},
		{crontab("0 9 * * 1-5"), "at 09:00 on mon-fri"},
		{crontab("0 9 * * 0,7"), "at 09:00 on sun,sun"},
		{crontab("0 9 * * mon"), "at 09:00 on mon"},
		{crontab("0 9 * * 12"), "at 09:00 on 12"},
		{crontab("0 9 * * */2"), "at 09:00 on sun,tue,thu,sat"},
		{crontab("0 9 * * mar"), "at 09:00 on wed"},
		{crontab("0 9 * * 5L"), "at 09:00 on 5L"},
		{crontab("0 9 1 * 1"), "at 09:00 on mon on day 1 of the month"},
		{crontab("0 9 1 1,7 *"), "at 09:00 on day 1 of the month in month 1,7"},
		{crontab("*/10 * * * sat"), "every 10 minutes on sat"},
		{crontab("0 9-17 * * *"), "crontab 0 9-17 * * *"},
		{schedule.Spec{Kind: schedule.KindCrontab}, "every minute"},
		{second("*", "* * * * *"), "every second"},
		{second("*/15", "* * * * *"), "every 15 seconds"},
		{second("15", "* * * * *"), "crontab 15 * * * * *"},
		{second("*/15", "0 * * * *"), "crontab */15 0 * * * *"},
		{schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days"}, "every day"},
		{schedule.Spec{Kind: schedule.KindInterval, Every: 90, Period: "seconds"}, "every 90 seconds"},
		{schedule.Spec{Kind: schedule.KindCron, Expression: "@daily"}, "cron @daily"},
		{schedule.Spec{Kind: schedule.KindClocked, Clocked: fixedNow()}, "once at Wed 2025-01-01 00:00:00 UTC +00:00"},
		{schedule.Spec{Kind: "moon"}, "moon"},
	}
	for _, tt := range tests {
		if got := words(tt.spec, time.UTC); got != tt.want {
			t.Errorf("words(%+v) = %q, want %q", tt.spec, got, tt.want)
		}
	}
}
