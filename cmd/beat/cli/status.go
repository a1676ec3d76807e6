package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// overdueAfter is how late a planned run may be before it counts as overdue.
const overdueAfter = 2 * time.Second

// status is how things stand, in UTC.
type status struct {
	Leader      string    `json:"leader"` // empty: none
	Epoch       int64     `json:"epoch"`  // of the leader, or of the latest one
	Since       time.Time `json:"since,omitzero"`
	Until       time.Time `json:"until,omitzero"`   // end of the lease, unless it is renewed
	Shards      []leading `json:"shards,omitempty"` // when the work is spread; the fields above are then of the first one
	Active      int       `json:"active"`           // schedules that are on and right
	Off         int       `json:"off"`
	Quarantined int       `json:"quarantined"` // on, but wrong
	Overdue     int       `json:"overdue"`
	NextRun     time.Time `json:"next_run,omitzero"`
	NextName    string    `json:"next_name,omitempty"`
}

// leading tells who leads a shard.
type leading struct {
	Shard  int       `json:"shard"`
	Leader string    `json:"leader"` // empty: none
	Epoch  int64     `json:"epoch"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

// statusCommand tells how things stand.
type statusCommand struct{ app *App }

func newStatusCommand(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Shows who leads, how many schedules there are, what runs next and what is overdue.",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return (&statusCommand{a}).Run(cmd.Context()) },
	}
}

// Run prints the status.
func (c *statusCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		out, err := s.status(ctx)
		if err != nil {
			return err
		}
		return c.app.Emit(out, func(w io.Writer) error { return out.print(w, s) })
	})
}

func (s *session) status(ctx context.Context) (status, error) {
	var out status
	first, err := s.leads(ctx, 0)
	if err != nil {
		return out, err
	}
	out.Leader, out.Epoch, out.Since, out.Until = first.Leader, first.Epoch, first.Since, first.Until
	for shard := 0; s.config.Beat.Shards > 1 && shard < s.config.Beat.Shards; shard++ {
		l, err := s.leads(ctx, shard)
		if err != nil {
			return out, err
		}
		out.Shards = append(out.Shards, l)
	}
	err = s.each(ctx, beat.Filter{}, func(page []beat.EntryState) (bool, error) {
		for i := range page {
			out.count(s, &page[i])
		}
		return true, nil
	})
	return out, err
}

// leads asks who leads a shard.
func (s *session) leads(ctx context.Context, shard int) (leading, error) {
	out := leading{Shard: shard}
	l, err := s.store.Leader(ctx, shard)
	switch {
	case errors.Is(err, beat.ErrNotFound): // there never was one
		return out, nil
	case err != nil:
		return out, fmt.Errorf("ask for the leader: %w", err)
	}
	out.Epoch, out.Since, out.Until = l.Epoch, l.GrantedAt.UTC(), l.Expires.UTC()
	if l.Held {
		out.Leader = l.Name
	}
	return out, nil
}

func (o *status) count(s *session, e *beat.EntryState) {
	plan, bad := s.compile.Plan(&e.Entry)
	switch {
	case e.Entry.Bad == nil && !e.Entry.Running():
		o.Off++
		return
	case bad != nil:
		o.Quarantined++
		return
	}
	o.Active++
	runs := plan.Upcoming(e.Cursor, s.now, 1)
	if len(runs) == 0 {
		return
	}
	// The leader's own plan tells what should have run by now.
	if !e.Cursor.Next.IsZero() && e.Cursor.Spec == plan.Hash && s.now.Sub(e.Cursor.Next) > overdueAfter {
		o.Overdue++
	}
	if o.NextRun.IsZero() || runs[0].Before(o.NextRun) {
		o.NextRun, o.NextName = runs[0], e.Entry.Name
	}
}

func (o *status) print(w io.Writer, s *session) error {
	t := &table{}
	for _, l := range o.Shards {
		text := "none"
		if l.Leader != "" {
			text = fmt.Sprintf("%s, epoch %d, since %s", l.Leader, l.Epoch, l.Since.In(s.zone).Format(whenLayout))
		}
		t.add("shard "+strconv.Itoa(l.Shard), text)
	}
	switch {
	case len(o.Shards) > 0:
	case o.Leader == "":
		t.add("leader", "none: no beat is running on this database")
	default:
		t.add("leader", fmt.Sprintf("%s, epoch %d, since %s", o.Leader, o.Epoch, o.Since.In(s.zone).Format(whenLayout)))
		t.add("lease", "until "+o.Until.In(s.zone).Format(whenLayout))
	}
	t.add("active", strconv.Itoa(o.Active))
	t.add("off", strconv.Itoa(o.Off))
	t.add("quarantined", strconv.Itoa(o.Quarantined)+hint(o.Quarantined, "beat check says why"))
	t.add("overdue", strconv.Itoa(o.Overdue))
	if o.NextRun.IsZero() {
		t.add("next run", "none")
	} else {
		t.add("next run", fmt.Sprintf("%s at %s", o.NextName, o.NextRun.In(s.zone).Format(whenLayout)))
	}
	return t.write(w, "")
}

func hint(n int, text string) string {
	if n == 0 {
		return ""
	}
	return " (" + text + ")"
}
