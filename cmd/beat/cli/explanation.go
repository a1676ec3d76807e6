package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// States of a verdict beside those of the history (confirmed, unknown, returned, refused) and the reasons for which
// runs are given up (coalesced, skipped, expired).
const (
	whyClaimed    = "claimed"     // handed to a publisher, the outcome is not recorded
	whyPlanned    = "planned"     // still to come
	whyDue        = "due"         // its time has come and it was not sent yet
	whyUnplanned  = "not planned" // the schedule has no run then
	whyOff        = "off"         // disabled or inactive
	whyWrong      = "quarantined"
	whyForgotten  = "forgotten" // decided long ago, the history does not reach back
	whyNotBefore  = "not yet created"
	whyNothingYet = "never due"
)

// explanation looks for what became of the runs of one schedule.
type explanation struct {
	s     *session
	state *beat.EntryState
	zone  *time.Location
}

func (e *explanation) verdict(state string, instant time.Time, format string, args ...any) verdict {
	return verdict{
		Name: e.state.Entry.Name, Schedule: e.state.Entry.ID, Instant: instant, State: state,
		Answer: e.state.Entry.Name + " " + fmt.Sprintf(format, args...),
	}
}

func (e *explanation) when(t time.Time) string { return t.In(e.zone).Format(whenLayout) }

// latest explains the newest run that was decided, or the one that is due.
func (e *explanation) latest(ctx context.Context) (verdict, error) {
	c := &e.state.Cursor
	if !c.Next.IsZero() && !c.Next.After(e.s.now) {
		return e.at(ctx, c.Next)
	}
	runs, err := e.s.store.History(ctx, e.state.Entry.ID, e.s.now.Add(time.Hour), 1)
	if err != nil {
		return verdict{}, fmt.Errorf("read past runs: %w", err)
	}
	omitted, err := e.s.store.Omissions(ctx, e.state.Entry.ID, e.s.now.Add(time.Hour), 1)
	if err != nil {
		return verdict{}, fmt.Errorf("read missed runs: %w", err)
	}
	last := c.LastRun
	if len(runs) > 0 && runs[0].Instant.After(last) {
		last = runs[0].Instant
	}
	if len(omitted) > 0 && omitted[0].To.After(last) {
		last = omitted[0].To
	}
	if last.IsZero() {
		return e.never(ctx)
	}
	return e.at(ctx, last)
}

// never explains a schedule of which no run is known.
func (e *explanation) never(ctx context.Context) (verdict, error) {
	v := e.s.view(*e.state, 1)
	switch {
	case len(v.Next) > 0:
		leader, err := e.leader(ctx)
		if err != nil {
			return verdict{}, err
		}
		return e.verdict(whyNothingYet, v.Next[0], "has not been due yet: its first run is planned for %s%s", e.when(v.Next[0]), leader), nil
	case !e.state.Entry.Running():
		return e.verdict(whyOff, time.Time{}, "does not run: %s", v.Reason), nil
	}
	return e.verdict(whyWrong, time.Time{}, "does not run: %s", v.Reason), nil
}

// at explains what became of the run at an instant.
func (e *explanation) at(ctx context.Context, at time.Time) (verdict, error) {
	id := e.state.Entry.ID
	runs, err := e.s.store.History(ctx, id, at.Add(time.Microsecond), 1)
	if err != nil {
		return verdict{}, fmt.Errorf("read past runs: %w", err)
	}
	if len(runs) > 0 && runs[0].Instant.Equal(at) {
		return e.sent(&runs[0]), nil
	}
	omitted, err := e.omitted(ctx, at)
	if err != nil {
		return verdict{}, err
	}
	if omitted != nil && e.plans(at) {
		return e.givenUp(at, omitted), nil
	}
	return e.undecided(ctx, at)
}

// omitted returns the given up runs among which the one at an instant would be.
func (e *explanation) omitted(ctx context.Context, at time.Time) (*beat.Omission, error) {
	const page = 100
	before := e.s.now.Add(time.Hour)
	for {
		found, err := e.s.store.Omissions(ctx, e.state.Entry.ID, before, page)
		if err != nil {
			return nil, fmt.Errorf("read missed runs: %w", err)
		}
		for i := range found {
			if !at.Before(found[i].From) && !at.After(found[i].To) {
				return &found[i], nil
			}
		}
		if len(found) < page || found[len(found)-1].To.Before(at) {
			return nil, nil
		}
		before = found[len(found)-1].To
	}
}

// plans tells whether the schedule, as it is now, has a run at an instant.
func (e *explanation) plans(at time.Time) bool {
	plan, bad := e.s.compile.Plan(&e.state.Entry)
	if bad != nil {
		return false
	}
	if plan.Anchored() {
		return true // the grid depends on runs of the past
	}
	next, ok := plan.Next(at.Add(-time.Microsecond))
	return ok && next.Equal(at)
}

func (e *explanation) sent(r *beat.Record) verdict {
	v := e.verdict(r.State, r.Instant, "%s", e.outcome(r))
	v.Epoch, v.Batch, v.Claimed, v.Settled = r.Epoch, r.Batch.String(), r.ClaimedAt, r.SettledAt
	v.ID = e.s.renderer().Identity.Of(r.Run).String()
	v.Answer += fmt.Sprintf(" (message %s, leader's epoch %d, batch %s)", v.ID, r.Epoch, r.Batch)
	return v
}

func (e *explanation) outcome(r *beat.Record) string {
	planned := e.when(r.Instant)
	late := r.ClaimedAt.Sub(r.Instant).Round(time.Millisecond)
	switch r.State {
	case "confirmed":
		return fmt.Sprintf("ran at %s: claimed %s after its time, confirmed by the broker", planned, max(0, late))
	case "unknown":
		return fmt.Sprintf("may have run at %s: nobody knows whether the broker got the message, and delivery at_most_once "+
			"forbids to send it again%s", planned, because(r.Reason))
	case "returned":
		return fmt.Sprintf("was sent at %s and reached no queue%s", planned, because(r.Reason))
	}
	return fmt.Sprintf("did not run at %s: the message was %s%s", planned, r.State, because(r.Reason))
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func (e *explanation) givenUp(at time.Time, o *beat.Omission) verdict {
	reason := o.Reason
	switch o.Reason {
	case "coalesced":
		reason = "several runs were missed and one later run stands for all (misfire last)"
	case "skipped":
		reason = "it was missed, and the task asks to skip missed runs (misfire skip)"
	case "expired":
		reason = "it was missed by more than the task or beat_cron_starting_deadline allows"
	}
	v := e.verdict(o.Reason, at, "did not run at %s: %s; %d runs from %s to %s were given up at %s",
		e.when(at), reason, o.Count, e.when(o.From), e.when(o.To), e.when(o.At))
	if o.Count == 1 {
		v.Answer = e.state.Entry.Name + fmt.Sprintf(" did not run at %s: %s; that was decided at %s", e.when(at), reason, e.when(o.At))
	}
	return v
}

// undecided explains an instant of which the history knows nothing.
func (e *explanation) undecided(ctx context.Context, at time.Time) (verdict, error) {
	entry, c := &e.state.Entry, &e.state.Cursor
	plan, bad := e.s.compile.Plan(entry)
	switch {
	case c.LastRun.Equal(at):
		return e.verdict(whyClaimed, at, "was claimed for %s; the outcome is not recorded yet, or no longer", e.when(at)), nil
	case bad != nil:
		return e.verdict(whyWrong, at, "does not run: %s", bad.Reason()), nil
	case !entry.Running():
		return e.verdict(whyOff, at, "did not run at %s as far as the history reaches; it is switched off", e.when(at)), nil
	case at.Before(entry.CreatedAt) && !at.After(e.s.now):
		return e.verdict(whyNotBefore, at, "could not run at %s: its row was created at %s", e.when(at), e.when(entry.CreatedAt)), nil
	case !plan.Anchored() && !e.plans(at):
		return e.unplanned(plan, at), nil
	case at.After(e.s.now):
		return e.verdict(whyPlanned, at, "is planned for %s, which is still to come", e.when(at)), nil
	case !c.DecidedTo.Before(at):
		return e.verdict(whyForgotten, at, "has no record of %s: that was decided, and the history does not tell how", e.when(at)), nil
	}
	leader, err := e.leader(ctx)
	if err != nil {
		return verdict{}, err
	}
	return e.verdict(whyDue, at, "is due since %s and was not sent yet%s", e.when(at), leader), nil
}

func (e *explanation) unplanned(plan *beat.Plan, at time.Time) verdict {
	v := e.verdict(whyUnplanned, at, "has no run at %s: its schedule is %s", e.when(at), notation(e.state.Entry.Spec)+" in "+e.zone.String())
	if next, ok := plan.Next(at); ok {
		v.Answer += "; the next run after that is at " + e.when(next)
	}
	return v
}

// leader says who leads, for runs that wait.
func (e *explanation) leader(ctx context.Context) (string, error) {
	l, err := e.s.store.Leader(ctx, 0)
	switch {
	case errors.Is(err, beat.ErrNotFound), err == nil && !l.Held:
		return "; no beat is running on this database", nil
	case err != nil:
		return "", fmt.Errorf("ask for the leader: %w", err)
	}
	return "; the leader is " + strings.TrimSpace(l.Name), nil
}
