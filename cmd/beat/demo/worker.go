package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Queue is the queue that the worker reads: Celery's default.
const Queue = "celery"

// Execution is a message that the worker took.
type Execution struct {
	At        time.Time
	ID        string
	Task      string
	Args      string // as Python writes them
	Kwargs    string
	Name      string    // of the periodic task
	Scheduled time.Time // the planned instant; zero if the message does not tell
}

// Worker takes messages from a server and reports them.
type Worker struct {
	url    string
	report func(Execution) error
}

// NewWorker returns a worker that calls report for each message, one at a time. An error of it ends the worker.
func NewWorker(s *Server, report func(Execution) error) *Worker {
	return &Worker{url: s.URL(), report: report}
}

// Run works until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	options, err := goredis.ParseURL(w.url)
	if err != nil {
		return fmt.Errorf("read the URL of the demo's Redis: %w", err)
	}
	options.ReadTimeout = -1 // BRPOP waits for as long as it takes; closing the client ends it
	client := goredis.NewClient(options)
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { closed <- client.Close() })
	for {
		reply, err := client.BRPop(ctx, 0, queues()...).Result()
		if err == nil {
			err = w.take(reply[1])
		}
		if ctx.Err() != nil {
			return <-closed
		}
		if err != nil {
			stop()
			return errors.Join(fmt.Errorf("take a message: %w", err), client.Close())
		}
	}
}

// queues are the lists in which kombu keeps a queue, one for each step of priority, the most urgent first.
func queues() []string {
	const sep = "\x06\x16"
	return []string{Queue, Queue + sep + "3", Queue + sep + "6", Queue + sep + "9"}
}

// take reads a message as kombu writes it. What the worker shows stands in the headers of task protocol 2.
func (w *Worker) take(text string) error {
	var m struct {
		Headers struct {
			ID        string `json:"id"`
			Task      string `json:"task"`
			Args      string `json:"argsrepr"`
			Kwargs    string `json:"kwargsrepr"`
			Name      string `json:"periodic_task_name"`
			Scheduled string `json:"beat_scheduled_for"`
		} `json:"headers"`
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	h := m.Headers
	e := Execution{At: time.Now(), ID: h.ID, Task: h.Task, Args: h.Args, Kwargs: h.Kwargs, Name: h.Name}
	if t, err := time.Parse(time.RFC3339Nano, h.Scheduled); err == nil { // else the message does not tell
		e.Scheduled = t
	}
	return w.report(e)
}
