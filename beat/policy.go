package beat

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

// Policy limits what rows may ask for: whoever can write a row may choose when, not what. The zero value allows
// everything. Patterns are those of task_routes: *, ? and [abc].
type Policy struct {
	Tasks  []string // patterns of task names; empty: all are allowed
	Queues []string // patterns of queues, and of exchanges where a message goes to one; empty: all

	LeastInterval time.Duration // least period of an interval; 0: none
}

// check says what about an entry is not allowed. It looks at the message as it would be sent, so that no option of the
// row gets round it.
func (p *Policy) check(spec *schedule.Spec, task string, env *message.Envelope) error {
	if spec.Kind == schedule.KindInterval && p.LeastInterval > 0 {
		every, err := schedule.NewInterval(spec.Every, spec.Period)
		if err == nil && every.Every() < p.LeastInterval {
			return &message.OptionError{
				Field: "every", Value: every.Every().String(), Problem: "is less than least_interval, " + p.LeastInterval.String(),
			}
		}
	}
	for _, name := range []string{task, taskHeader(env)} {
		if name != "" && !allowed(p.Tasks, name) {
			return &message.OptionError{Field: "task", Value: name, Problem: "is not allowed by allow_tasks"}
		}
	}
	field, to := "queue", env.RoutingKey
	if env.Exchange != "" {
		field, to = "exchange", env.Exchange
	}
	if !allowed(p.Queues, to) {
		return &message.OptionError{Field: field, Value: to, Problem: "is not allowed by allow_queues"}
	}
	return nil
}

func allowed(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		return message.MatchGlob(pattern, name)
	})
}

// taskHeader returns the task that a worker would run, if the headers say it.
func taskHeader(env *message.Envelope) string {
	for i := range env.Headers {
		if env.Headers[i].Key == "task" {
			var name string
			if json.Unmarshal(env.Headers[i].Value, &name) == nil {
				return name
			}
		}
	}
	return ""
}
