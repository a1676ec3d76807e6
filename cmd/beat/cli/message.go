package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// messageCommand shows messages without sending them.
type messageCommand struct {
	app      *App
	name     string
	schedule string
	stdin    bool
}

func newMessageCommand(app *App) *cobra.Command {
	c := &messageCommand{app: app}
	cmd := &cobra.Command{
		Use:   "message NAME",
		Short: "Shows the message that a task sends, without sending it.",
		Long: `Shows the message of a task: its headers, properties and body, what is declared and where it goes.

With --stdin it reads tasks as JSON objects, one a line, and answers each with one line, in order. The answer holds the
steps of publishing: "wire" for AMQP, "commands" for Redis. Such lines need neither database nor broker, and only the
settings in the line count:
  {"id": 1, "transport": "redis", "task": "proj.add", "args": [2, 2], "kwargs": {}, "options": {"queue": "mail"},
   "settings": {"timezone": "UTC"}, "fixed": {"now": "…", "id": "…", "origin": "…", "reply_to": "…", "delivery_tag": "…"}}`,
		Args: func(cmd *cobra.Command, args []string) error {
			if c.stdin {
				return noArgs(cmd, args)
			}
			return oneName(&c.name)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&c.stdin, "stdin", false, "read tasks from standard input, see above; by default from the database")
	cmd.Flags().StringVar(&c.schedule, "schedule", "", "id of the schedule; by default the only one")
	return cmd
}

// Validate refuses flags that contradict one another.
func (c *messageCommand) Validate() error {
	if c.stdin && c.schedule != "" {
		return usagef("--stdin and --schedule cannot stand together")
	}
	return nil
}

// Run shows the message, or answers the lines.
func (c *messageCommand) Run(ctx context.Context) error {
	if c.stdin {
		return c.app.serveLines(ctx, newMessageAnswerer(time.Now).answer)
	}
	return inSession(ctx, c.app, func(s *session) error {
		env, err := s.message(ctx, c.name, c.schedule)
		if err != nil {
			return err
		}
		return s.showMessage(c.app, env)
	})
}

// message renders the message of one manual run under a new id.
func (s *session) message(ctx context.Context, name, id string) (message.Envelope, error) {
	st, err := s.manual(ctx, name, id)
	if err != nil {
		return message.Envelope{}, err
	}
	plan, bad := s.compile.Plan(&st.Entry)
	if bad != nil {
		return message.Envelope{}, fmt.Errorf("task %q cannot be sent: %s", name, bad.Reason())
	}
	env, err := s.renderer().Manual(plan, uuid.NewString(), s.now)
	if err != nil {
		return message.Envelope{}, fmt.Errorf("make the message of %q: %w", name, err)
	}
	return env, nil
}

// manual finds the schedule whose message is meant. Schedules that have the same arguments need no choice.
func (s *session) manual(ctx context.Context, name, id string) (beat.EntryState, error) {
	found, err := s.find(ctx, name)
	if err != nil {
		return beat.EntryState{}, err
	}
	differ := slices.ContainsFunc(found, func(f beat.EntryState) bool {
		return oneLine(f.Entry.ScheduleKwargs) != oneLine(found[0].Entry.ScheduleKwargs)
	})
	if id == "" && !differ {
		return found[0], nil
	}
	return pick(name, found, id)
}

// showMessage prints a message with the steps that the configured broker needs.
func (s *session) showMessage(app *App, env message.Envelope) error {
	urls, err := s.config.URLs()
	if err != nil {
		return err
	}
	transport := redisConfig(s.config, nil)
	transport.DB = urls[0].DB
	driver := urls[0].Driver()
	steps, err := stepsOf(driver, env, transport, uuid.NewString())
	if err != nil {
		return err
	}
	v := newMessageView(driver, env, steps)
	return app.Emit(&v, v.print)
}

func (v *messageView) print(w io.Writer) error {
	var t table
	t.add("id", v.ID)
	t.add("transport", v.Transport)
	t.add("exchange", fmt.Sprintf("%q", v.Exchange))
	t.add("routing key", v.RoutingKey)
	for i, line := range v.lines() {
		label := ""
		if i == 0 {
			label = "steps"
		}
		t.add(label, line)
	}
	t.add("properties")
	for _, name := range slices.Sorted(maps.Keys(v.Properties)) {
		text, err := marshal(v.Properties[name])
		if err != nil {
			return fmt.Errorf("show property %s: %w", name, err)
		}
		t.add("  "+name, string(text))
	}
	t.add("headers")
	for _, h := range v.order {
		t.add("  "+h.Key, string(h.Value))
	}
	if v.BodyBytes != nil {
		t.add("body (base64)", base64.StdEncoding.EncodeToString(v.BodyBytes))
	} else {
		t.add("body", v.Body)
	}
	return t.write(w, "")
}
