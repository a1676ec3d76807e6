package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gobeat/gobeat/broker/message"
)

// Annotations is the value of task_annotations: the options that the code of an app gives its tasks, which this program
// cannot see in the code. Those of a row win over them, as with tasks that celery beat has imported.
type Annotations struct {
	text  json.RawMessage
	tasks map[string]message.Options
}

// ofTasks tells whether an attribute of a task is an option of its messages (celery/app/task.py, extract_exec_options).
func ofTasks(attribute string) bool {
	return slices.Contains([]string{
		"queue", "routing_key", "exchange", "priority", "expires", "serializer", "delivery_mode", "compression",
		"time_limit", "soft_time_limit", "immediate", "mandatory", "ignore_result",
	}, attribute)
}

func (a *Annotations) set(v any) error {
	text, err := toJSON(v)
	if err != nil {
		return err
	}
	var tasks map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &tasks); err != nil {
		return errors.New("is not an object of tasks with objects of their options")
	}
	out := make(map[string]message.Options, len(tasks))
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		if name == "*" {
			return errors.New("has the task *, which means all that beat has imported, here none; name the tasks")
		}
		options := tasks[name]
		maps.DeleteFunc(options, func(attribute string, _ json.RawMessage) bool { return !ofTasks(attribute) })
		text, err := json.Marshal(options)
		if err != nil {
			return err
		}
		if out[name], err = message.ParseOptions(text); err != nil {
			return fmt.Errorf("has the task %.80q with a wrong option: %w", name, err)
		}
	}
	a.text, a.tasks = text, out
	return nil
}

func (a *Annotations) show() any { return a.text }
