package cli

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// need is what rows that run need of workers: that one knows a task, or reads a queue.
type need struct {
	name string // of a row
	rows int
}

// needs are what all of them need, by task and by queue.
type needs struct{ tasks, queues map[string]need }

// add notes what a row needs. A message to an exchange whose queues only the broker knows needs no queue of ours.
func (n *needs) add(r *beat.Renderer, p *beat.Plan, now time.Time) {
	if n.tasks == nil {
		n.tasks, n.queues = map[string]need{}, map[string]need{}
	}
	task := p.Task()
	count(n.tasks, task.Name, p.Name)
	env, err := r.Run(p, beat.Run{ID: p.ID, Instant: now}, 0, 1, now)
	if err == nil && env.Declare != nil {
		count(n.queues, env.Declare.Name, p.Name)
	}
}

func count(needs map[string]need, what, row string) {
	n, known := needs[what]
	if !known {
		n.name = row
	}
	n.rows++
	needs[what] = n
}

// workers asks the workers over Celery's remote control whether they can run what the rows ask for.
func (c *checkCommand) workers(ctx context.Context, by pidbox.Carrier) {
	w, err := pidbox.Ask(ctx, by, pidbox.DefaultExchange, pidbox.Timeout)
	if err != nil {
		c.add(checkWarn, "workers", "%s", err)
	}
	if len(w.Names) == 0 {
		if err == nil {
			c.add(checkWarn, "workers", "none answers within %s: none runs, or their remote control is off", pidbox.Timeout)
		}
		return
	}
	slices.Sort(w.Names)
	c.add(checkOK, "workers", "%d answer: %s", len(w.Names), strings.Join(w.Names, ", "))
	if len(w.Tasks) > 0 {
		c.unmet(c.needs.tasks, w.Knows, "task", "no worker knows it")
	}
	if len(w.Queues) > 0 {
		c.unmet(c.needs.queues, w.Reads, "queue", "no worker reads it")
	}
}

// unmet reports what rows need and no worker offers.
func (c *checkCommand) unmet(needs map[string]need, offered func(string) bool, about, problem string) {
	for _, what := range slices.Sorted(maps.Keys(needs)) {
		if n := needs[what]; !offered(what) {
			c.add(checkWarn, about, "%s, of %d rows such as %s: %s", what, n.rows, n.name, problem)
		}
	}
}
