package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/broker/message"
)

// triggerTimeout is how long a manual run waits for the broker, unless told otherwise.
const triggerTimeout = 10 * time.Second

// triggerCommand sends the message of a task now, beside its schedule.
type triggerCommand struct {
	app      *App
	name     string
	schedule string
	dryRun   bool
	timeout  time.Duration
}

// triggered is the answer of a triggerCommand.
type triggered struct {
	Name       string `json:"name"`
	ID         string `json:"id"`
	Exchange   string `json:"exchange"`
	RoutingKey string `json:"routing_key"`
}

func newTriggerCommand(app *App) *cobra.Command {
	c := &triggerCommand{app: app}
	cmd := &cobra.Command{
		Use:   "trigger NAME",
		Short: "Sends a task now.",
		Long: `Sends the message of a task now and waits until the broker has taken it. The schedule of the task goes on as if
nothing had happened, and a disabled task is sent too.`,
		Args: oneName(&c.name),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&c.schedule, "schedule", "", "id of the schedule whose arguments are sent; by default the only one")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "show the message and do not send it; by default it is sent")
	cmd.Flags().DurationVar(&c.timeout, "timeout", triggerTimeout, "most time to wait for the broker")
	return cmd
}

// Validate refuses a time limit that leaves no time.
func (c *triggerCommand) Validate() error {
	if c.timeout <= 0 {
		return usagef("--timeout: %s is not above 0", c.timeout)
	}
	return nil
}

// Run sends the message.
func (c *triggerCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		env, err := s.message(ctx, c.name, c.schedule)
		if err != nil {
			return err
		}
		if c.dryRun {
			return s.showMessage(c.app, env)
		}
		if err := c.send(ctx, s, env); err != nil {
			return err
		}
		done := triggered{Name: c.name, ID: env.ID, Exchange: env.Exchange, RoutingKey: env.RoutingKey}
		return c.app.Emit(done, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "sent %s as %s to %s\n", printable(c.name), done.ID, printable(destination(done)))
			return err
		})
	})
}

func destination(t triggered) string {
	if t.Exchange == "" {
		return "queue " + t.RoutingKey
	}
	return fmt.Sprintf("exchange %s with routing key %q", t.Exchange, t.RoutingKey)
}

// send publishes the message outside of any leadership, so that it disturbs no beat that runs.
func (c *triggerCommand) send(ctx context.Context, s *session, env message.Envelope) (err error) {
	publisher, err := c.app.OpenPublisher(ctx, s.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	batch, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	outcomes, err := publisher.Publish(ctx, message.Batch{ID: batch, Messages: []message.Envelope{env}})
	if err != nil {
		return fmt.Errorf("send %q: %w", c.name, err)
	}
	if len(outcomes) != 1 || outcomes[0].State != message.Confirmed {
		return fmt.Errorf("send %q: %w", c.name, refusal(outcomes))
	}
	return nil
}

// refusal says what the broker answered to one message.
func refusal(outcomes []message.Outcome) error {
	if len(outcomes) != 1 {
		return errors.New("the broker did not answer")
	}
	o := outcomes[0]
	if o.Reason == "" {
		return fmt.Errorf("the broker answered %s", o.State)
	}
	return fmt.Errorf("the broker answered %s: %s", o.State, o.Reason)
}
