package config

import (
	"encoding/json"
	"errors"

	"github.com/gobeat/gobeat/broker/message"
)

// QueueTable is the value of task_queues.
type QueueTable struct {
	text json.RawMessage
	defs []message.QueueDef
}

func (t *QueueTable) set(v any) error {
	text, err := toJSON(v)
	if err != nil {
		return err
	}
	defs, err := message.ParseQueues(text)
	if err != nil {
		return listProblem(err)
	}
	t.text, t.defs = text, defs
	return nil
}

func (t *QueueTable) show() any { return t.text }

// RouteTable is the value of task_routes. A file's map has no order, so its patterns are tried in that of the
// alphabet; where that matters, the file has a list of pairs.
type RouteTable struct {
	text   json.RawMessage
	routes []message.Route
}

func (t *RouteTable) set(v any) error {
	text, err := toJSON(v)
	if err != nil {
		return err
	}
	routes, err := message.ParseRoutes(text)
	if err != nil {
		return listProblem(err)
	}
	t.text, t.routes = text, routes
	return nil
}

func (t *RouteTable) show() any { return t.text }

// toJSON returns JSON text for what a file holds, or for a variable that holds JSON already.
func toJSON(v any) (json.RawMessage, error) {
	if text, ok := v.(string); ok {
		if !json.Valid([]byte(text)) {
			return nil, errors.New("is not JSON")
		}
		return json.RawMessage(text), nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New("cannot be written as JSON")
	}
	return text, nil
}

// listProblem words an error about a part of a list so that it can follow the whole list.
func listProblem(err error) error {
	if e, ok := errors.AsType[*message.OptionError](err); ok {
		return errors.New("is wrong: " + e.Error())
	}
	return err
}
