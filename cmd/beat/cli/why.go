package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// whyCommand says why a task ran at some time or did not.
type whyCommand struct {
	app  *App
	name string
	at   string
}

// verdict is the answer about one schedule.
type verdict struct {
	Name     string       `json:"name"`
	Schedule beat.EntryID `json:"schedule"`
	Instant  time.Time    `json:"instant,omitzero"` // the run that the answer is about, UTC
	State    string       `json:"state"`            // see explanation
	Answer   string       `json:"answer"`
	Epoch    int64        `json:"epoch,omitempty"`
	Batch    string       `json:"batch,omitempty"`
	ID       string       `json:"id,omitempty"` // of the message
	Claimed  time.Time    `json:"claimed_at,omitzero"`
	Settled  time.Time    `json:"settled_at,omitzero"`
}

func newWhyCommand(app *App) *cobra.Command {
	c := &whyCommand{app: app}
	return &cobra.Command{
		Use:   "why NAME [TIME]",
		Short: "Says why a task ran at a time, or why it did not.",
		Long: `Answers from the history that the scheduler keeps: whether the run of that time was sent and what the broker said,
whether it was given up and why, or why none was planned. Without TIME it is about the latest run that should have
taken place. A TIME without an offset is in the zone of the schedule.`,
		Example: `  beat why nightly
  beat why nightly "2026-03-29 02:30"
  beat why nightly 2026-03-29T00:30:00Z`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usagef("why takes a NAME and maybe a TIME; see beat why --help")
			}
			c.name = args[0]
			if len(args) == 2 {
				c.at = args[1]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return c.Run(cmd.Context()) },
	}
}

// Run answers for each schedule of the task.
func (c *whyCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		found, err := s.find(ctx, c.name)
		if err != nil {
			return err
		}
		verdicts := make([]verdict, len(found))
		for i := range found {
			e := &explanation{s: s, state: &found[i], zone: s.zoneOf(&found[i].Entry)}
			if verdicts[i], err = c.explain(ctx, e); err != nil {
				return err
			}
		}
		return c.app.Emit(verdicts, func(w io.Writer) error { return printVerdicts(w, verdicts) })
	})
}

func (c *whyCommand) explain(ctx context.Context, e *explanation) (verdict, error) {
	if c.at == "" {
		return e.latest(ctx)
	}
	at, err := parseTime(c.at, e.zone)
	if err != nil {
		return verdict{}, usagef("TIME: %s", err)
	}
	return e.at(ctx, at.UTC().Truncate(time.Microsecond))
}

func printVerdicts(w io.Writer, verdicts []verdict) error {
	for i := range verdicts {
		v := &verdicts[i]
		text := v.Answer
		if len(verdicts) > 1 {
			text = fmt.Sprintf("schedule %s: %s", v.Schedule, text)
		}
		if _, err := fmt.Fprintln(w, printable(text)); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
	return nil
}
