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
			root = list
		}
		wanted, err := wantedOf(root, func([]string) (bool, error) { return true, nil })
		entries := make([]beat.Entry, len(wanted))
		for i := range wanted {
			entries[i] = wanted[i].Entry
		}
		return entries, err
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
