package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// view is what commands show of an entry.
type view struct {
	beat.Entry
	Words   string      `json:"when"`
	Zone    string      `json:"zone"`
	LastRun time.Time   `json:"last_run,omitzero"`
	Runs    int64       `json:"runs"`
	Next    []time.Time `json:"next"`             // coming runs, UTC; none when it does not run
	Reason  string      `json:"reason,omitempty"` // why it does not run, or not as it should
	Unmet   []string    `json:"unmet,omitempty"`  // what no worker offers, if they were asked

	location *time.Location
	schedule schedule.Schedule // nil when the row is wrong
	wants    []want            // of workers, when it runs
}

// view looks up to n runs ahead.
func (s *session) view(st beat.EntryState, n int) view {
	e, c := st.Entry, st.Cursor
	zone := s.zoneOf(&e)
	v := view{
		Entry: e, Words: words(e.Spec, zone), Zone: zone.String(),
		LastRun: c.LastRun, Runs: c.Fires, Next: []time.Time{}, location: zone,
	}
	plan, bad := s.compile.Plan(&e)
	switch {
	case bad != nil:
		v.Words, v.Reason = notation(e.Spec), bad.Reason() // words would hide what is wrong
	case !e.Enabled:
		v.Reason = "disabled"
	case !e.Active:
		v.Reason = "this schedule is inactive"
	default:
		v.schedule = plan.Schedule
		v.wants = wantsOf(s.build, plan.Task())
		after := s.now
		if e.ModifiedAt.After(after) { // just written, or the clock of the database is ahead
			after = e.ModifiedAt
		}
		v.Next = append(v.Next, plan.Upcoming(c, after, n)...)
		if len(v.Next) == 0 {
			v.Reason = noRun(&e, c, plan, after)
		}
	}
	return v
}

// noRun says why a good and enabled entry has no run to come after an instant.
func noRun(e *beat.Entry, c beat.Cursor, plan *beat.Plan, after time.Time) string {
	switch {
	case c.Note != "":
		return c.Note
	case e.MaxRuns > 0 && c.Fires >= e.MaxRuns:
		return "max_runs is reached"
	case e.Spec.Kind == schedule.KindClocked && c.Fires == 0:
		return "its time has passed; a beat that runs sends it now, unless its misfire policy forbids"
	}
	return noInstant(e.Spec.Kind, plan, after)
}

// noInstant says why a schedule has no instant after the given one within its bounds.
func noInstant(kind schedule.Kind, plan *beat.Plan, after time.Time) string {
	if _, ok := plan.Schedule.Next(after); ok {
		return "it ends, by end_time or expires, before a next run"
	}
	if except, ok := plan.Schedule.(*schedule.Except); ok {
		if _, ok := except.Unwrap().Next(after); ok {
			return "all of its days are excluded"
		}
	}
	switch kind {
	case schedule.KindCrontab, schedule.KindCron:
		return "no date matches it"
	case schedule.KindSolar:
		return "the sun has no such event there"
	case schedule.KindInterval, schedule.KindClocked, schedule.KindRRule:
	}
	return "it has no run to come"
}

// when shows an instant in the zone of the schedule.
func (v *view) when(t time.Time) string { return t.In(v.location).Format(whenLayout) }

// short shows an instant in the zone of the schedule without naming it; "-" when there is none.
func (v *view) short(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(v.location).Format(shortLayout)
}

// notation is the schedule as it was given.
func notation(s schedule.Spec) string {
	text := kindNotation(s)
	if s.Relative {
		text += " relative"
	}
	if s.DST != "" {
		text += " dst " + s.DST
	}
	if s.Exclude != "" {
		text += " except " + s.Exclude
	}
	return text
}

func kindNotation(s schedule.Spec) string {
	switch s.Kind {
	case schedule.KindCrontab:
		return "crontab " + s.Crontab()
	case schedule.KindInterval:
		return fmt.Sprintf("interval %d %s", s.Every, s.Period)
	case schedule.KindClocked:
		return "clocked " + s.Clocked.UTC().Format(time.RFC3339Nano)
	case schedule.KindSolar:
		return "solar " + s.Event + " at " + place(s)
	case schedule.KindCron, schedule.KindRRule:
	}
	return strings.TrimSpace(string(s.Kind) + " " + strings.Join(strings.Fields(s.Expression), " "))
}

// summary is the answer to a change: the row and its coming runs.
func (v *view) summary(w io.Writer, done string) error {
	var t table
	t.add("task", v.Task)
	t.add("when", v.Words)
	t.add("schedule", notation(v.Spec)+" in "+v.Zone)
	v.addRuns(&t)
	if v.Owner != "" {
		t.add("owner", v.Owner+" changes it back to what it says, unless it is changed there, too")
	}
	if _, err := fmt.Fprintf(w, "%s %s (schedule %s)\n", done, printable(v.Name), v.ID); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return t.write(w, "  ")
}

func (v *view) addRuns(t *table) {
	if len(v.Next) == 0 {
		t.add("next", "never: "+v.Reason)
		return
	}
	label := "next"
	for _, run := range v.Next {
		t.add(label, v.when(run))
		label = ""
	}
	if v.Reason != "" {
		t.add("note", v.Reason)
	}
}
