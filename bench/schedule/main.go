// Command schedule measures how long it takes to find the next run: of gobeat, of robfig/cron, and of the newest Celery,
// in one run, and prints a table. Run it by make bench-schedules, which installs Celery.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/bench/beside"
)

//go:embed celery.py
var script string

// benchCase is one schedule and where its search begins.
type benchCase struct {
	Name      string  `json:"-"`
	Crontab   string  `json:"crontab,omitempty"`
	Event     string  `json:"event,omitempty"`
	Latitude  float64 `json:"latitude,omitempty"`
	Longitude float64 `json:"longitude,omitempty"`
	Timezone  string  `json:"timezone"`
	After     string  `json:"after"`
}

func cases() []benchCase {
	const after, berlin = "2026-05-04T12:34:56Z", "Europe/Berlin"
	return []benchCase{
		{Name: "every minute", Crontab: "* * * * *", Timezone: "UTC", After: after},
		{Name: "office hours", Crontab: "*/5 8-17 * * mon-fri", Timezone: berlin, After: after},
		{Name: "daily", Crontab: "0 4 * * *", Timezone: "America/New_York", After: after},
		{Name: "first of the month", Crontab: "0 0 1 * *", Timezone: "America/New_York", After: after},
		{Name: "once a year", Crontab: "0 0 1 1 *", Timezone: berlin, After: after},
		{Name: "29 February", Crontab: "0 0 29 2 *", Timezone: berlin, After: after},
		{Name: "29 February on a Monday", Crontab: "0 0 29 2 1", Timezone: berlin, After: after},
		{Name: "sunrise in Berlin", Event: "sunrise", Latitude: 52.52, Longitude: 13.405, Timezone: "UTC", After: after},
		{Name: "astronomical dusk in Reykjavik", Event: "dusk_astronomical", Latitude: 64.15, Longitude: -21.94, Timezone: "UTC", After: "2026-10-04T12:00:00Z"},
		{Name: "sunrise beside the north pole", Event: "sunrise", Latitude: 89.8, Longitude: 50.9, Timezone: "UTC", After: "2026-08-16T16:47:44Z"},
	}
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "schedule:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	celery, err := beside.Celery(ctx, script, cases())
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s, %d CPUs, %s; median nanoseconds to the next run\n\n", runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "schedule\tgobeat\trobfig/cron\tCelery\tCelery / gobeat\t")
	for i, c := range cases() {
		ours, err := timeOurs(&c)
		if err != nil {
			return err
		}
		robfig := "-"
		if c.Crontab != "" {
			took, found, err := timeRobfig(&c)
			switch {
			case err != nil:
				return err
			case found:
				robfig = fmt.Sprintf("%.0f", took)
			default:
				robfig = fmt.Sprintf("%.0f, gives up", took)
			}
		}
		fmt.Fprintf(w, "%s\t%.0f\t%s\t%.0f\t%.0f\t\n", c.Name, ours, robfig, celery[i], celery[i]/ours)
	}
	return w.Flush()
}

func timeOurs(c *benchCase) (float64, error) {
	loc, after, err := c.begin()
	if err != nil {
		return 0, err
	}
	var s schedule.Schedule
	if c.Event != "" {
		s, err = schedule.NewSolar(c.Event, c.Latitude, c.Longitude)
	} else {
		var spec schedule.Spec
		if spec, err = schedule.ParseCrontab(c.Crontab); err == nil {
			s, err = schedule.NewCrontab(spec, schedule.NewZone(loc))
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.Name, err)
	}
	return beside.Median(func() { s.Next(after) }), nil
}

// timeRobfig also tells whether it found a run: it gives up after five years.
func timeRobfig(c *benchCase) (took float64, found bool, err error) {
	loc, after, err := c.begin()
	if err != nil {
		return 0, false, err
	}
	s, err := cron.ParseStandard("CRON_TZ=" + loc.String() + " " + c.Crontab)
	if err != nil {
		return 0, false, fmt.Errorf("%s: %w", c.Name, err)
	}
	if spec, ok := s.(*cron.SpecSchedule); ok {
		spec.Dom |= 1 << 63 // both day fields must match, as in Celery
	}
	found = !s.Next(after).IsZero()
	return beside.Median(func() { s.Next(after) }), found, nil
}

func (c *benchCase) begin() (*time.Location, time.Time, error) {
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return nil, time.Time{}, err
	}
	after, err := time.Parse(time.RFC3339, c.After)
	return loc, after, err
}
