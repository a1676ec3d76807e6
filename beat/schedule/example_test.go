package schedule_test

import (
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

func ExampleNewCrontab() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	weekdays, err := schedule.NewCrontab(
		schedule.Spec{Minute: "30", Hour: "8", DayOfWeek: "mon-fri"}, schedule.NewZone(berlin))
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC)
	next, _ := weekdays.Next(friday)
	fmt.Println(next) // summer time began on the Sunday between
	// Output: 2026-03-30 06:30:00 +0000 UTC
}

func ExampleNewCrontab_mistake() {
	_, err := schedule.NewCrontab(schedule.Spec{Hour: "8-24"}, schedule.NewZone(time.UTC))
	fmt.Println(err)
	// Output: hour: "8-24" holds "24", which is out of range 0-23
}

func ExampleCrontab_Span() {
	minutely, err := schedule.NewCrontab(schedule.Spec{}, schedule.NewZone(time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	down := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	missed := minutely.Span(down, down.AddDate(1, 0, 0))
	fmt.Println(missed.Count, "runs, the last one at", missed.Last)
	// Output: 525600 runs, the last one at 2027-01-01 00:00:00 +0000 UTC
}

func ExampleNewInterval() {
	quarter, err := schedule.NewInterval(15, "minutes")
	if err != nil {
		fmt.Println(err)
		return
	}
	next, _ := quarter.Next(time.Date(2026, 1, 1, 12, 7, 30, 0, time.UTC))
	fmt.Println(quarter, next)
	// Output: every 15m0s 2026-01-01 12:22:30 +0000 UTC
}

func ExampleNewClocked() {
	once, err := schedule.NewClocked(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, again := once.Next(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	fmt.Println(once, again)
	// Output: at 2026-01-01T12:00:00Z false
}

func ExampleOf() {
	hourly, err := schedule.NewInterval(1, "hours")
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println(schedule.Of(hourly, noon, noon.Add(150*time.Minute)).Count)
	// Output: 2
}

func ExampleParseCrontab() {
	spec, err := schedule.ParseCrontab("0 4 1 * *")
	fmt.Println(spec.Hour, spec.DayOfMonth, err)
	// Output: 4 1 <nil>
}

func ExampleExpandField() {
	fmt.Println(schedule.ExpandField("day_of_week", "fri-mon"))
	// Output: [0 1 5 6] <nil>
}
