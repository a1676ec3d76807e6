package transfer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/transfer"
)

// TestRefusals has one thing wrong with a file each: it is named, and nothing of the file is written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(two, old, new, 1) }
	refused := transfer.Result{Refused: 1}
	tests := []struct {
		name, file, want string
		result           transfer.Result
	}{
		{"nothing", " \n", "the file is empty", transfer.Result{}},
		{"no head", "name: a\n", `unknown field "name"`, transfer.Result{}},
		{"later version", "gobeat: 2\n", "version 2", transfer.Result{}},
		{"no YAML", "gobeat: [\n", "document 1", transfer.Result{}},
		{"no JSON", `{"gobeat": 1} {`, "document 2: cannot be read, nor what follows", refused},
		{"a list", "gobeat: 1\n---\n- a\n", "document 2: is not an object of fields", refused},
		{"twice the same field", "gobeat: 1\n---\nname: a\nname: b\n", `document 2: is not an object of fields: line 4: mapping key "name" already`, refused},
		{"unknown field", change("queue: slow", "que: slow"), `document 2, "a": que: "slow" is the value of a field that is not known`, refused},
		{"no text", change("queue: slow", "queue: 5"), `"a": queue: "5" is not a text`, refused},
		{"no whole number", change("every: 10", "every: ten"), `"a", schedule 1: every: "ten" is not a whole number`, refused},
		{"no boolean", change("inactive: true", "inactive: 1"), `"a", schedule 2: inactive: "1" is not true or false`, refused},
		{"no instant", change("2026-01-01T00:00:00Z", "soon"), `"b", schedule 1: state.decided_to: "soon" is not an instant such as`, refused},
		{"no state", change("state:\n", "state: 1\nx:\n"), `document 3`, refused},
		{"no schedules", "gobeat: 1\n---\nname: a\ntask: b\n", `"a": schedules: "" are missing`, refused},
		{"no list of schedules", "gobeat: 1\n---\nname: a\ntask: b\nschedules: 3\n", `"a": schedules: "3" is not a list of objects`, refused},
		{"no name", change("name: a", "name: ''"), `document 2: name: "" is missing`, refused},
		{"no task", change("task: proj.a", "task: ''"), `"a": task: "" is missing`, refused},
		{"name twice", change("name: b", "name: a"), `document 3, "a": name: "a" is that of document 2, too`, refused},
		{"args", change("'[1]'", "'[1'"), `"b": args: "[1" is not JSON`, refused},
		{"jitter", change("1m30s", "soon"), `"b": jitter: "soon" is not a duration such as`, refused},
		{"window", change("queue: slow", "misfire_window: soon"), `"a": misfire_window: "soon" is not a duration such as`, refused},
		{"spec", change("runs: 3", "spec: xyz"), `"b": state.spec: "xyz" is not a number in hexadecimal`, refused},
		{"no decided_to", change("decided_to: 2026-01-01T00:00:00Z", "note: x"), `"b": state.decided_to: "" is missing`, refused},
		{"schedule", change(`"30"`, `"61"`), `"a", schedule 2: minute: "61"`, refused},
		{"policy", change("queue: slow", "misfire: never"), `document 2, "a": misfire: "never" is not one of last, skip, all`, refused},
		{"left by an import", change("queue: slow", "queue: '"+transfer.Unfinished+"'"), `is the mark of a task whose import was broken off`, refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := memstore.New()
			m := transfer.Importer{Store: s, Planner: compiler(t), State: true}
			r, err := m.Import(t.Context(), strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) || r != tt.result {
				t.Errorf("got %+v, %v, want %+v and %q", r, err, tt.result, tt.want)
			}
			if list, _, err := s.List(t.Context(), beat.Filter{}, "", 1); err != nil || len(list) > 0 {
				t.Errorf("got %+v, %v, want nothing written", list, err)
			}
		})
	}
}

// TestAllProblems has several things wrong with several tasks.
func TestAllProblems(t *testing.T) {
	t.Parallel()
	file := strings.NewReplacer(
		"queue: slow", "que: slow", "every: 10", "every: ten", "task: proj.b", "task: ''", "1m30s", "soon",
	).Replace(two) + "---\nname: c\ntask: proj.c\nschedules:\n- {kind: crontab, hour: '25'}\n- {kind: crontab, minute: x}\n"
	m := transfer.Importer{Store: memstore.New(), Planner: compiler(t)}
	_, err := m.Import(t.Context(), strings.NewReader(file))
	refused, ok := errors.AsType[*transfer.RefusedError](err)
	if !ok {
		t.Fatalf("got %v, want a RefusedError", err)
	}
	var got []string
	for _, p := range refused.Problems {
		got = append(got, p.Name+"."+p.Field)
	}
	want := []string{"a.que", "a.every", "b.task", "b.jitter", "c.hour", "c.minute"}
	if !slices.Equal(got, want) || refused.Tasks != 3 {
		t.Errorf("got %v of %d tasks, want %v of 3", got, refused.Tasks, want)
	}
	if lines := strings.Count(err.Error(), "\n"); lines != len(want) {
		t.Errorf("got %d lines of problems, want %d:\n%v", lines, len(want), err)
	}
}

// choosy is a store that has no place for some tasks.
type choosy struct {
	*memstore.Store

	err error
}

func (c choosy) Refuses(_ context.Context, task []beat.Entry) ([]*beat.EntryError, error) {
	if len(task) < 2 {
		return nil, c.err
	}
	return []*beat.EntryError{{Name: task[0].Name, Field: "schedules", Value: "2", Problem: "are too many"}}, c.err
}

// TestChoosyStore asks the store: what it does not take is refused, by a dry run as by a real one.
func TestChoosyStore(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{true, false} {
		s := memstore.New()
		m := transfer.Importer{Store: choosy{Store: s}, DryRun: dry}
		r, err := m.Import(t.Context(), strings.NewReader(two))
		const want = `document 2, "a": schedules: "2" are too many`
		if err == nil || !strings.Contains(err.Error(), want) || r != (transfer.Result{Refused: 1}) {
			t.Errorf("dry run %t: got %+v, %v, want %q", dry, r, err, want)
		}
		m.Store = choosy{s, beat.ErrUnavailable}
		if _, err := m.Import(t.Context(), strings.NewReader(two)); !errors.Is(err, beat.ErrUnavailable) {
			t.Errorf("dry run %t: got %v, want ErrUnavailable", dry, err)
		}
		if list, _, err := s.List(t.Context(), beat.Filter{}, "", 1); err != nil || len(list) > 0 {
			t.Errorf("dry run %t: got %+v, %v, want nothing written", dry, list, err)
		}
	}
}

// TestSkip leaves out what is refused and imports the rest; a file that cannot be read to its end is refused as a whole.
func TestSkip(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	m := transfer.Importer{Store: choosy{Store: s}, Skip: true}
	r, err := m.Import(t.Context(), strings.NewReader(two))
	const want = "1 of the tasks are left out:\n" + `document 2, "a": schedules: "2" are too many`
	if err == nil || err.Error() != want || r != (transfer.Result{Added: 1, Refused: 1}) {
		t.Errorf("got %+v, %v, want %q", r, err, want)
	}
	list, _, err := s.List(t.Context(), beat.Filter{}, "", 9)
	if err != nil || len(list) != 1 || list[0].Entry.Name != "b" {
		t.Errorf("got %+v, %v, want b alone", list, err)
	}
	s = memstore.New()
	m.Store = s
	r, err = m.Import(t.Context(), strings.NewReader(two+"---\n{"))
	if err == nil || !strings.HasPrefix(err.Error(), "nothing is imported") || r != (transfer.Result{Refused: 1}) {
		t.Errorf("a broken file: %+v, %v", r, err)
	}
	if list, _, err := s.List(t.Context(), beat.Filter{}, "", 1); err != nil || len(list) > 0 {
		t.Errorf("a broken file: %+v, %v, want nothing written", list, err)
	}
}
