package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// mostFile bounds what is read of a file.
const mostFile = 64 << 20

// readEntries reads the schedules of a file in one of the forms that lint knows.
func (a *App) readEntries(name string) ([]beat.Entry, error) {
	text, err := a.readFile(name)
	if err != nil {
		return nil, err
	}
	if entries, ok := entriesOfLines(text); ok {
		return entries, nil
	}
	var doc yaml.Node // YAML is a superset of JSON, and keeps the order
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("read %s: it is empty", name)
	}
	root := doc.Content[0]
	switch root.Kind {
	case yaml.SequenceNode:
		return entriesOfList(root)
	case yaml.MappingNode:
		if list := member(root, "beat_schedule"); list != nil {
			return entriesOfApp(list)
		}
		return entriesOfApp(root)
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
	return nil, fmt.Errorf("read %s: it is neither a list of tasks nor a map with beat_schedule", name)
}

func (a *App) readFile(name string) ([]byte, error) {
	from := a.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, mostFile+1))
	if err == nil && len(text) > mostFile {
		err = errors.New("it is larger than 64 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// entriesOfLines reads one JSON object a line, as next --stdin does; false when the text is not of that form.
func entriesOfLines(text []byte) ([]beat.Entry, bool) {
	var entries []beat.Entry
	for line := range bytes.Lines(bytes.TrimSpace(text)) {
		var l nextLine
		if decodeLine(bytes.TrimSpace(line), &l) != nil || l.Kind == "" {
			return nil, false
		}
		e := beat.Entry{Name: fmt.Sprintf("line %d", len(entries)+1), Task: "-", Enabled: true, Active: true}
		if len(l.ID) > 0 {
			e.Name = strings.Trim(string(l.ID), `"`)
		}
		if l.Name != "" {
			e.Name = l.Name
		}
		spec, err := l.spec()
		if e.Spec = spec; err != nil {
			e.Bad = entryProblem(e.Name, err)
		}
		entries = append(entries, e)
	}
	return entries, len(entries) > 0
}

// entriesOfList reads tasks as list and show print them.
func entriesOfList(list *yaml.Node) ([]beat.Entry, error) {
	var entries []beat.Entry
	for i, item := range list.Content {
		text, err := toJSON(item)
		if err != nil {
			return nil, fmt.Errorf("read task %d: %w", i+1, err)
		}
		var e beat.Entry
		if err := json.Unmarshal(text, &e); err != nil {
			e = beat.Entry{Name: fmt.Sprintf("task %d", i+1), Bad: entryProblem("", err)}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// entriesOfApp reads the setting beat_schedule: names with task, schedule, args, kwargs and options.
func entriesOfApp(list *yaml.Node) ([]beat.Entry, error) {
	if list.Kind != yaml.MappingNode {
		return nil, errors.New("beat_schedule is not a map of names to tasks")
	}
	var entries []beat.Entry
	for i := 0; i+1 < len(list.Content); i += 2 {
		e := beat.Entry{Name: list.Content[i].Value, Enabled: true, Active: true}
		if err := appEntry(&e, list.Content[i+1]); err != nil {
			e.Bad = entryProblem(e.Name, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func appEntry(e *beat.Entry, node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return &schedule.FieldError{Field: "beat_schedule", Value: e.Name, Problem: "is not a map with task and schedule"}
	}
	if task := member(node, "task"); task != nil {
		e.Task = task.Value
	}
	for _, f := range []struct {
		name string
		to   *json.RawMessage
	}{{"args", &e.Args}, {"kwargs", &e.Kwargs}, {"options", &e.Options}} {
		if at := member(node, f.name); at != nil {
			text, err := toJSON(at)
			if err != nil {
				return &schedule.FieldError{Field: f.name, Value: at.Value, Problem: err.Error()}
			}
			*f.to = text
		}
	}
	at := member(node, "schedule")
	if at == nil {
		return &schedule.FieldError{Field: "schedule", Problem: "is missing"}
	}
	spec, err := appSchedule(at)
	e.Spec = spec
	return err
}

// appSchedule reads a number of seconds, a crontab as a text, or a map with the fields of a schedule.
func appSchedule(node *yaml.Node) (schedule.Spec, error) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		return schedule.ParseCrontab(node.Value)
	}
	text, err := toJSON(node)
	if err != nil {
		return schedule.Spec{}, &schedule.FieldError{Field: "schedule", Value: node.Value, Problem: err.Error()}
	}
	var l nextLine
	if node.Kind == yaml.ScalarNode {
		number := json.Number(node.Value)
		l = nextLine{Kind: schedule.KindInterval, Every: &number, Period: "seconds"}
		return l.spec()
	}
	if err := decodeLine(text, &l); err != nil {
		return schedule.Spec{}, &schedule.FieldError{Field: "schedule", Value: string(text), Problem: err.Error()}
	}
	if l.Kind == "" {
		l.Kind = kindOf(&l)
	}
	return l.spec()
}

// kindOf guesses the kind of a schedule from the fields that it has.
func kindOf(l *nextLine) schedule.Kind {
	switch {
	case l.Every != nil:
		return schedule.KindInterval
	case l.Event != "":
		return schedule.KindSolar
	case l.Clocked != "":
		return schedule.KindClocked
	}
	return schedule.KindCrontab
}

// member returns the value of a key in a map, nil when it is not there.
func member(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func toJSON(node *yaml.Node) (json.RawMessage, error) {
	var v any
	if err := node.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func entryProblem(name string, err error) *beat.EntryError {
	out := &beat.EntryError{Name: name, Problem: err.Error()}
	if f, ok := errors.AsType[*schedule.FieldError](err); ok {
		out.Field, out.Value, out.Problem = f.Field, f.Value, f.Problem
	}
	return out
}
