package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

const mostForecastDays = 3660

// forecastCommand looks ahead for what people overlook: clock changes, ends, and many runs at once.
type forecastCommand struct {
	app  *App
	name string
	days int
	from string
	busy int
}

// forecast is the answer. Times are UTC.
type forecast struct {
	From    time.Time        `json:"from"`
	Until   time.Time        `json:"until"`
	Changes []forecastChange `json:"changes"` // what clock changes do
	Never   []forecastRow    `json:"never"`   // rows that are on and have no run to come
	Ending  []forecastRow    `json:"ending"`  // rows whose last run lies within the time
	Busy    busySeconds      `json:"busiest"`
	zone    *time.Location
}

// forecastChange is what one clock change does to one schedule.
type forecastChange struct {
	At       time.Time       `json:"at"`
	Zone     string          `json:"zone"`
	Name     string          `json:"name"`
	Schedule beat.EntryID    `json:"schedule"`
	Effect   schedule.Effect `json:"effect"`
	Wall     string          `json:"wall"` // the first wall time concerned
	Matches  int64           `json:"matches"`
	Run      time.Time       `json:"run,omitzero"` // of a moved run
	Text     string          `json:"text"`
}

// forecastRow is a schedule and what is to be said of it.
type forecastRow struct {
	Name     string       `json:"name"`
	Schedule beat.EntryID `json:"schedule"`
	Last     time.Time    `json:"last,omitzero"`
	Text     string       `json:"text"`
}

func newForecastCommand(a *App) *cobra.Command {
	c := &forecastCommand{app: a}
	cmd := &cobra.Command{
		Use:   "forecast [NAME]",
		Short: "Tells what clock changes, ends and pile-ups lie ahead.",
		Long: `Looks ahead and tells which runs clock changes will move, skip or double, which schedules never run or end within the
time, and on which seconds many runs fall together. Nothing is sent.`,
		Example: `  beat forecast --days 400
  beat forecast nightly --from 2027-01-01`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("forecast takes one NAME, not %d; see beat forecast --help", len(args))
			}
			if len(args) == 1 {
				c.name = args[0]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&c.days, "days", 400, "how many days to look ahead")
	cmd.Flags().StringVar(&c.from, "from", "", "where to begin; by default now")
	cmd.Flags().IntVar(&c.busy, "busiest", 5, "how many of the busiest seconds to tell")
	return cmd
}

// Validate refuses numbers out of range.
func (c *forecastCommand) Validate() error {
	if c.days < 1 || c.days > mostForecastDays {
		return usagef("--days: %d is out of range 1-%d", c.days, mostForecastDays)
	}
	if c.busy < 0 || c.busy > 1000 {
		return usagef("--busiest: %d is out of range 0-1000", c.busy)
	}
	return nil
}

// Run answers.
func (c *forecastCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		from := s.now
		if c.from != "" {
			var err error
			if from, err = parseTime(c.from, s.zone); err != nil {
				return usagef("--from: %s", err)
			}
			s.now = from
		}
		f := &forecast{
			From: from, Until: from.AddDate(0, 0, c.days), Changes: []forecastChange{}, Never: []forecastRow{},
			Ending: []forecastRow{}, zone: s.zone,
		}
		crowd := newCrowd(from)
		err := s.each(ctx, beat.Filter{Name: c.name}, func(page []beat.EntryState) (bool, error) {
			for i := range page {
				f.add(s, &page[i], crowd)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		if c.name != "" && crowd.rows == 0 {
			return s.unknown(ctx, c.name)
		}
		slices.SortStableFunc(f.Changes, func(a, b forecastChange) int { return a.At.Compare(b.At) })
		f.Busy = crowd.busiest(f.Until, c.busy)
		return c.app.Emit(f, f.print)
	})
}

// add takes in one schedule.
func (f *forecast) add(s *session, st *beat.EntryState, crowd *crowd) {
	crowd.rows++
	e := &st.Entry
	plan, bad := s.compile.Plan(e)
	switch {
	case !e.Running():
		return
	case bad != nil:
		f.Never = append(f.Never, forecastRow{Name: e.Name, Schedule: e.ID, Text: "it is wrong: " + bad.Reason()})
		return
	}
	runs := plan.Upcoming(st.Cursor, f.From, 1)
	if len(runs) == 0 {
		f.Never = append(f.Never, forecastRow{Name: e.Name, Schedule: e.ID, Text: noRun(e, st.Cursor, plan, f.From)})
		return
	}
	if end := plan.End(); !end.IsZero() && end.Before(f.Until) {
		f.Ending = append(f.Ending, forecastRow{
			Name: e.Name, Schedule: e.ID, Last: end, Text: "no run after " + end.In(s.zoneOf(e)).Format(whenLayout),
		})
	}
	if plan.Once == beat.EndNothing { // a single run is no pile-up and meets no change that next would not show
		f.changes(s, e, plan)
	}
	crowd.add(plan, st.Cursor, e.Name)
}

func (f *forecast) changes(s *session, e *beat.Entry, plan *beat.Plan) {
	crontab := crontabOf(plan.Schedule)
	if crontab == nil {
		return
	}
	zone := s.zoneOf(e)
	for _, c := range crontab.Changes(f.From, f.Until) {
		if end := plan.End(); !end.IsZero() && c.At.After(end) {
			break
		}
		f.Changes = append(f.Changes, forecastChange{
			At: c.At, Zone: zone.String(), Name: e.Name, Schedule: e.ID, Effect: c.Effect, Wall: c.Wall.Format("15:04:05"),
			Matches: c.Matches, Run: c.Run, Text: changeWords(&c, zone),
		})
	}
}

// changeWords says what a clock change does to a crontab.
func changeWords(c *schedule.Change, zone *time.Location) string {
	wall := c.Wall.Format("15:04")
	times := wall
	if c.Matches > 1 {
		times = fmt.Sprintf("%d times from %s on", c.Matches, wall)
	}
	switch c.Effect {
	case schedule.Moved:
		text := fmt.Sprintf("%s does not exist; one run at %s instead", times, c.Run.In(zone).Format("15:04 MST"))
		if c.Matches == 1 {
			return text
		}
		return fmt.Sprintf("%s do not exist; one run at %s instead", times, c.Run.In(zone).Format("15:04 MST"))
	case schedule.Skipped:
		if c.After > c.Before {
			return times + ": left out, the clocks skip it"
		}
		return times + ": comes twice, without a run"
	case schedule.Doubled:
		return times + ": comes twice, runs twice"
	case schedule.First:
		return times + ": comes twice, runs in the first pass only"
	case schedule.Second:
		return times + ": comes twice, runs in the second pass only"
	}
	return times
}

func (f *forecast) print(w io.Writer) error {
	head := func(text string) error {
		_, err := fmt.Fprintln(w, text)
		return err
	}
	if err := head(fmt.Sprintf("from %s to %s", f.From.In(f.zone).Format(whenLayout), f.Until.In(f.zone).Format(whenLayout))); err != nil {
		return err
	}
	sections := []struct {
		title, none string
		rows        func(*table)
		n           int
	}{
		{"clock changes", "no schedule meets a clock change", f.changeRows, len(f.Changes)},
		{"schedules without a run to come", "each schedule that is on has a run to come", rowsOf(f.Never), len(f.Never)},
		{"schedules that end", "none ends", rowsOf(f.Ending), len(f.Ending)},
		{f.Busy.title(f.zone), "no runs", f.Busy.rows, len(f.Busy.Seconds)},
	}
	for _, s := range sections {
		if s.n == 0 {
			if err := head("\n" + s.none); err != nil {
				return err
			}
			continue
		}
		if err := head("\n" + s.title); err != nil {
			return err
		}
		t := &table{}
		s.rows(t)
		if err := t.write(w, "  "); err != nil {
			return err
		}
	}
	return nil
}

func (f *forecast) changeRows(t *table) {
	for _, c := range f.Changes {
		at := c.At
		if zone, err := loadZone(c.Zone); err == nil {
			at = at.In(zone)
		}
		t.add(at.Add(-time.Second).Format("Mon 2006-01-02"), c.Zone, at.Add(-time.Second).Format("-07:00")+" to "+at.Format("-07:00"),
			string(c.Effect), c.Name, c.Text)
	}
}

func rowsOf(rows []forecastRow) func(*table) {
	return func(t *table) {
		for _, r := range rows {
			t.add(r.Name, "schedule "+string(r.Schedule), r.Text)
		}
	}
}

func plural64(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}
