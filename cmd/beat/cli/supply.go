package cli

import (
	"maps"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// What rows want of workers.
const (
	wantTask  = "task"
	wantQueue = "queue"
)

// want is what a row that runs needs: that a worker knows the task, or that one reads the queue.
type want struct{ about, name string }

// wantsOf returns what a task needs. One whose queue is not known here wants no reader.
func wantsOf(b *message.Builder, t message.Task) []want {
	wants := []want{{wantTask, t.Name}}
	if queue, ok := b.QueueOf(t); ok {
		wants = append(wants, want{wantQueue, queue})
	}
	return wants
}

// wantsOfRow returns what a row needs; nothing when it does not run.
func wantsOfRow(compile *beat.Compiler, build *message.Builder) func(e *beat.Entry) []want {
	return func(e *beat.Entry) []want {
		plan, bad := compile.Plan(e)
		if bad != nil || !plan.Running {
			return nil
		}
		return wantsOf(build, plan.Task())
	}
}

// problem is what is said of it when no worker offers it.
func (w want) problem() string {
	if w.about == wantQueue {
		return "no worker reads"
	}
	return "no worker knows"
}

// supply is what workers offer. A set is nil when nobody knows it, because not all workers that answered have told.
type supply struct{ tasks, queues map[string]bool }

func newSupply(w *pidbox.Workers) supply {
	return supply{tasks: union(w.Names, w.Tasks), queues: union(w.Names, w.Queues)}
}

func union(workers []string, lists map[string][]string) map[string]bool {
	var all map[string]bool
	for _, name := range workers {
		list, told := lists[name]
		if !told {
			return nil
		}
		if all == nil {
			all = map[string]bool{}
		}
		for _, item := range list {
			all[item] = true
		}
	}
	return all
}

// lacks tells whether certainly no worker offers what a row wants.
func (s supply) lacks(w want) bool {
	offered := s.tasks
	if w.about == wantQueue {
		offered = s.queues
	}
	return offered != nil && !offered[w.name]
}

// with returns what both together offer.
func (s supply) with(o supply) supply {
	return supply{tasks: both(s.tasks, o.tasks), queues: both(s.queues, o.queues)}
}

func both(a, b map[string]bool) map[string]bool {
	if a == nil || b == nil {
		return nil
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// covers tells whether nothing is lacked that was not lacked before.
func (s supply) covers(before supply) bool {
	return contains(s.tasks, before.tasks) && contains(s.queues, before.queues)
}

func contains(now, before map[string]bool) bool {
	if now == nil {
		return true
	}
	if before == nil {
		return false
	}
	for item := range before {
		if !now[item] {
			return false
		}
	}
	return true
}
