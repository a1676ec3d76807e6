package gocelery_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	lib "github.com/gocelery/gocelery"
	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/message"
)

func builder(t testing.TB) *message.Builder {
	t.Helper()
	b, err := message.NewBuilder(message.Settings{Protocol: 1})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func build(t testing.TB, task message.Task) message.Envelope {
	t.Helper()
	env, err := builder(t).Build(task, message.Stamp{ID: id, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

const id = "0c9e7b1e-0000-4aaa-8bbb-00000000beef"

var now = time.Date(2026, 3, 4, 5, 6, 7, 80_000_000, time.UTC)

// TestDecode is the contract with workers of gocelery: they read in our bodies what the row says.
func TestDecode(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	moment := func(after time.Duration) *time.Time { t := now.Add(after); return &t }
	minute, retries := 60.0, 3
	empty := lib.TaskMessage{ID: id, Task: "proj.add", Args: []any{}, Kwargs: map[string]any{}}
	for _, tt := range []struct {
		name   string
		task   message.Task
		change func(*lib.TaskMessage)
	}{
		{"nothing", message.Task{}, func(*lib.TaskMessage) {}},
		{"args", message.Task{Args: json.RawMessage(`[2, -3.5, "x", true, null]`)}, func(m *lib.TaskMessage) {
			m.Args = []any{2.0, -3.5, "x", true, nil}
		}},
		{"nested args", message.Task{Args: json.RawMessage(`[[1, [2]], {"a": {"b": []}}]`)}, func(m *lib.TaskMessage) {
			m.Args = []any{[]any{1.0, []any{2.0}}, map[string]any{"a": map[string]any{"b": []any{}}}}
		}},
		{"kwargs", message.Task{Kwargs: json.RawMessage(`{"x": 1, "y": {"z": "w"}}`)}, func(m *lib.TaskMessage) {
			m.Kwargs = map[string]any{"x": 1.0, "y": map[string]any{"z": "w"}}
		}},
		{"unicode", message.Task{Args: json.RawMessage(`["Grüße 🎉", "\u2028<&>\"\\"]`)}, func(m *lib.TaskMessage) {
			m.Args = []any{"Grüße 🎉", "\u2028<&>\"\\"}
		}},
		{"large and small numbers", message.Task{Args: json.RawMessage(`[9007199254740991, 1e-07, 1e300]`)}, func(m *lib.TaskMessage) {
			m.Args = []any{9007199254740991.0, 1e-7, 1e300}
		}},
		{"expires in seconds", message.Task{Options: message.Options{ExpireSeconds: &minute}}, func(m *lib.TaskMessage) {
			m.Expires = moment(time.Minute)
		}},
		{"expires at", message.Task{Options: message.Options{Expires: now.Add(time.Hour)}}, func(m *lib.TaskMessage) {
			m.Expires = moment(time.Hour)
		}},
		{"countdown", message.Task{Options: message.Options{Extra: &message.Extra{Countdown: 5}}}, func(m *lib.TaskMessage) {
			m.ETA = text("2026-03-04T05:06:12.080000+00:00")
		}},
		{"retries", message.Task{Options: message.Options{Extra: &message.Extra{Retries: retries}}}, func(m *lib.TaskMessage) {
			m.Retries = retries
		}},
		{"fields that gocelery does not know", message.Task{Options: message.Options{Extra: &message.Extra{
			GroupID: "g", TimeLimit: "5", Link: json.RawMessage(`[]`),
		}}}, func(*lib.TaskMessage) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.task.Name = "proj.add"
			body := build(t, tt.task).Body
			got, err := lib.DecodeTaskMessage(base64.StdEncoding.EncodeToString(body))
			if err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			want := empty
			tt.change(&want)
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
