// Command message measures how long it takes to make the message of a task: of gobeat, and of the newest Celery
// (as_task_v2 and the serializer), in one run, and prints a table. Run it by make bench-messages, which installs Celery.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"text/tabwriter"
	"time"
	"unsafe"

	"github.com/gobeat/gobeat/bench/beside"
	"github.com/gobeat/gobeat/broker/message"
)

//go:embed celery.py
var script string

// benchCase is one message.
type benchCase struct {
	Name    string          `json:"-"`
	Task    string          `json:"task"`
	Args    json.RawMessage `json:"args"`
	Kwargs  json.RawMessage `json:"kwargs"`
	Expires *float64        `json:"expires,omitempty"`
}

func cases() []benchCase {
	args, kwargs := json.RawMessage(`[2, "two"]`), json.RawMessage(`{"user": 42, "dry": false}`)
	nested := json.RawMessage(`[{"ids": [1, 2, 3, 4, 5, 6, 7, 8], "name": "naïve", "of": {"a": [1.5, null], "b": {"c": true}}}]`)
	return []benchCase{
		{Name: "no arguments", Task: "proj.tasks.add", Args: json.RawMessage("[]"), Kwargs: json.RawMessage("{}")},
		{Name: "two args, two kwargs", Task: "proj.tasks.add", Args: args, Kwargs: kwargs},
		{Name: "the same, expiring", Task: "proj.tasks.add", Args: args, Kwargs: kwargs, Expires: new(60.0)},
		{Name: "nested arguments", Task: "proj.tasks.add", Args: nested, Kwargs: kwargs},
	}
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "message:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	celery, err := beside.Celery(ctx, script, cases())
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s, %d CPUs, %s; median nanoseconds to a message with its body\n\n",
		runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "message\tgobeat\tallocations\tkept per schedule, bytes\tCelery\tCelery / gobeat\t")
	for i, c := range cases() {
		ours, err := timeOurs(&c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%d\t%.0f\t%.0f\t\n", c.Name, ours.took, ours.allocations, ours.kept, celery[i], celery[i]/ours.took)
	}
	return w.Flush()
}

// figures are what one of our messages costs.
type figures struct {
	took, allocations float64
	kept              int // bytes that a schedule keeps for its messages
}

func timeOurs(c *benchCase) (figures, error) {
	builder, err := message.NewBuilder(message.Settings{Origin: "gen1@host"})
	if err != nil {
		return figures{}, err
	}
	options := message.Options{ExpireSeconds: c.Expires}
	task, err := builder.Prepare(message.Task{Name: c.Task, Args: c.Args, Kwargs: c.Kwargs, Options: options})
	if err != nil {
		return figures{}, err
	}
	stamp := message.Stamp{ID: "11111111-2222-4333-8444-555555555555", Now: time.Now()}
	var env message.Envelope
	build := func() { env, err = builder.Build(task, stamp) }
	f := figures{
		took: beside.Median(build), allocations: testing.AllocsPerRun(1000, build),
		kept: int(unsafe.Sizeof(task)) + cap(task.Args) + cap(task.Kwargs),
	}
	if err == nil && len(env.Body) == 0 {
		err = errors.New("no message was made")
	}
	return f, err
}
