package transfer

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
)

// object is a document, or a part of one, whose fields are not decoded yet.
type object map[string]json.RawMessage

// read decodes a document. When it cannot, it goes through it field by field, to name each one that cannot be read.
func (t *Task) read(text json.RawMessage) []Problem {
	if strictly(text, t) == nil {
		return nil
	}
	*t = Task{}
	var all object
	if err := json.Unmarshal(text, &all); err != nil {
		return []Problem{{Problem: errNoObject.Error()}}
	}
	list := all.take("schedules")
	problems := all.into(t, "")
	if list == nil {
		return problems
	}
	var schedules []object
	if err := json.Unmarshal(list, &schedules); err != nil {
		return append(problems, Problem{Field: "schedules", Value: shown(list), Problem: "is not a list of objects"})
	}
	t.Schedules = make([]Schedule, len(schedules))
	for i, s := range schedules {
		for _, p := range t.Schedules[i].read(s) {
			p.Schedule = i + 1
			problems = append(problems, p)
		}
	}
	return problems
}

func (s *Schedule) read(fields object) []Problem {
	state := fields.take("state")
	problems := fields.into(s, "")
	if state == nil {
		return problems
	}
	var inner object
	if err := json.Unmarshal(state, &inner); err != nil {
		return append(problems, Problem{Field: "state", Value: shown(state), Problem: "is not an object"})
	}
	s.State = &State{}
	return append(problems, inner.into(s.State, "state.")...)
}

// take takes a field out; nil when there is none.
func (o object) take(name string) json.RawMessage {
	value := o[name]
	delete(o, name)
	return value
}

// into decodes each field by itself.
func (o object) into(v any, prefix string) []Problem {
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(o)) {
		one, err := json.Marshal(object{name: o[name]})
		if err == nil {
			err = strictly(one, v)
		}
		if err != nil {
			problems = append(problems, Problem{Field: prefix + name, Value: shown(o[name]), Problem: reason(err, one, v)})
		}
	}
	return problems
}

// shown is a value as people see it: a text without its quotes, all else as it stands.
func shown(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// reason says why a field cannot be decoded into v, without the words of Go.
func reason(err error, field json.RawMessage, v any) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		switch wrong.Type.Kind() {
		case reflect.String:
			return "is not a text"
		case reflect.Bool:
			return "is not true or false"
		case reflect.Float64:
			return "is not a number"
		default:
			return "is not a whole number"
		}
	}
	if json.Unmarshal(field, v) == nil {
		return "is the value of a field that is not known here"
	}
	return "is not an instant such as 2026-01-31T08:00:00Z"
}
