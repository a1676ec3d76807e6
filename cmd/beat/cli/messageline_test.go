package cli_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recording is what Celery sent, as in broker/message/testdata/README.md.
type recording struct {
	File string
	Data struct {
		Transport string
		Fixed     map[string]any
		Input     map[string]json.RawMessage
		Wire      []map[string]any
		Commands  [][]string
		Result    struct{ OK bool }
	}
}

// recordings returns those that a line can ask for: plain JSON that the beat scheduler sent once to an empty broker.
func recordings(t *testing.T) []recording {
	t.Helper()
	var out []recording
	for line := range strings.Lines(unzip(t, "../../../broker/message/testdata/messages.jsonl.gz")) {
		var r recording
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Data.Input == nil {
			continue // a table
		}
		input, err := json.Marshal(r.Data.Input)
		if err != nil {
			t.Fatal(err)
		}
		plain := !bytes.Contains(input, []byte(`"$`)) && string(r.Data.Input["via"]) == `"beat"`
		for _, key := range []string{"repeat", "register", "row", "before"} {
			plain = plain && r.Data.Input[key] == nil
		}
		// Compressed bodies and YAML differ with the library, signatures each time, events in their time; pickle is
		// refused here.
		for _, other := range []string{"compression", "send_sent_event", "yaml", "confirm", "pickle", "signed"} {
			plain = plain && !strings.Contains(r.File+string(input), other)
		}
		if plain {
			out = append(out, r)
		}
	}
	return out
}

func unzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMessageStdinRecordings asks for all messages in one go and compares them with what Celery sent.
func TestMessageStdinRecordings(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	var in strings.Builder
	for _, r := range all {
		line := map[string]any{"id": r.File, "transport": r.Data.Transport, "fixed": r.Data.Fixed}
		for _, key := range []string{"task", "args", "kwargs", "options", "settings"} {
			if v := r.Data.Input[key]; v != nil {
				line[key] = v
			}
		}
		if r.Data.Transport == "redis" { // the fanout channels carry the number of the database
			settings := map[string]any{}
			if v := r.Data.Input["settings"]; v != nil {
				if err := json.Unmarshal(v, &settings); err != nil {
					t.Fatal(err)
				}
			}
			settings["broker_url"] = "redis://localhost:6379/7"
			line["settings"] = settings
		}
		text, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(text, '\n'))
	}
	out, errs, code := newShell(t).run(t, in.String(), "message", "--stdin")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, errors %q", code, errs)
	}
	compared := 0
	answers := bufio.NewScanner(strings.NewReader(out))
	answers.Buffer(nil, 1<<24)
	for _, r := range all {
		if !answers.Scan() {
			t.Fatalf("no answer to %s", r.File)
		}
		compareMessage(t, &r, answers.Bytes())
		compared++
	}
	if compared < 100 {
		t.Errorf("compared %d messages, want at least 100", compared)
	}
}

func compareMessage(t *testing.T, r *recording, answer []byte) {
	t.Helper()
	var got struct {
		ID, Error string
		Wire      []map[string]any
		Commands  [][]string
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatalf("%s: answer %s: %v", r.File, answer, err)
	}
	if got.ID != r.File || (got.Error == "") != r.Data.Result.OK {
		t.Errorf("%s: answer has id %q, error %q; Celery sent it: %t", r.File, got.ID, got.Error, r.Data.Result.OK)
	}
	if !r.Data.Result.OK {
		return
	}
	wire := slices.DeleteFunc(r.Data.Wire, func(m map[string]any) bool {
		name := m["method"].(string)
		return strings.HasPrefix(name, "connection.") || strings.HasPrefix(name, "channel.")
	})
	commands := slices.DeleteFunc(r.Data.Commands, func(c []string) bool {
		return slices.Contains([]string{"MULTI", "LLEN", "EXEC"}, c[0])
	})
	if diff := cmp.Diff(wire, got.Wire); diff != "" && r.Data.Transport == "amqp" {
		t.Errorf("%s (-want +got):\n%s", r.File, diff)
	}
	if diff := cmp.Diff(commands, got.Commands); diff != "" && r.Data.Transport == "redis" {
		t.Errorf("%s (-want +got):\n%s", r.File, diff)
	}
}

func TestMessageStdinErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"transport", `{"id": 1, "task": "a"}`, `{"id": 1, "error": "transport: is missing; it is one of amqp, redis"}`},
		{
			"unknown transport", `{"id": 1, "transport": "sqs", "task": "a"}`,
			`{"id": 1, "error": "transport: \"sqs\" is not one of amqp, redis"}`,
		},
		{"no task", `{"id": 1, "transport": "redis"}`, `{"id": 1, "error": "task: is empty"}`},
		{
			"args", `{"id": 1, "transport": "redis", "task": "a", "args": {}}`,
			`{"id": 1, "error": "args: is not a JSON array"}`,
		},
		{
			"priority", `{"id": 1, "transport": "redis", "task": "a", "options": {"priority": 300}}`,
			`{"id": 1, "error": "priority: \"300\" is not between 0 and 255"}`,
		},
		{
			"now", `{"id": 1, "transport": "redis", "task": "a", "fixed": {"now": "today"}}`,
			`{"id": 1, "error": "now: \"today\" is not an instant such as 2026-01-01T10:00:00Z"}`,
		},
		{
			"protocol", `{"id": 1, "transport": "redis", "task": "a", "settings": {"task_protocol": 3}}`,
			`{"id": 1, "error": "settings: task_protocol: \"3\" is not 1 or 2"}`,
		},
		{
			"zone", `{"id": 1, "transport": "redis", "task": "a", "settings": {"timezone": "Mars"}}`,
			`{"id": 1, "error": "settings: timezone: \"Mars\" is not a zone of the IANA database such as Europe/Berlin or UTC"}`,
		},
		{
			"steps", `{"id": 1, "transport": "redis", "task": "a", "settings": {"broker_transport_options": {"priority_steps": [3, 1]}}}`,
			`{"id": 1, "error": "settings: broker_transport_options: priority_steps must be in ascending order"}`,
		},
		{
			"misspelt", `{"id": 1, "transport": "redis", "tsak": "a"}`,
			`{"id": 1, "error": "\"tsak\": is unknown; did you mean \"task\"?"}`,
		},
		{
			"settings", `{"id": 1, "transport": "redis", "task": "a", "settings": 5}`,
			`{"id": 1, "error": "settings: \"5\" is not an object"}`,
		},
		{
			"Python router", `{"id": 1, "transport": "redis", "task": "a", "settings": {"task_routes": ["proj.Router"]}}`,
			`{"id": 1, "error": "settings: task_routes: \"\\\"proj.Router\\\"\" is not a map or a list of pairs; Python routers cannot be carried over"}`,
		},
		{
			"pickle", `{"id": 1, "transport": "amqp", "task": "a", "options": {"serializer": "pickle"}}`,
			`{"id": 1, "error": "serializer: \"pickle\" is refused: a pickle can run any code in the worker"}`,
		},
		{
			"depth", `{"id": 1, "transport": "amqp", "task": "a", "args": ` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`,
			`{"id": 1, "error": "args: is not usable JSON at byte 32: nested more than 32 deep"}`,
		},
		{
			"size", `{"id": 1, "transport": "amqp", "task": "a", "args": ["` + strings.Repeat("x", 65_533) + `"]}`,
			`{"id": 1, "error": "args: has 65537 bytes, more than 65536"}`,
		},
		{"type", `{"id": 1, "transport": 7}`, `{"id": 1, "error": "transport: number cannot stand here, a text is wanted"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := newShell(t).run(t, tt.line+"\n", "message", "--stdin")
			if code != 0 || errs != "" {
				t.Errorf("exit code %d, errors %q, want 0 and none", code, errs)
			}
			if diff := cmp.Diff(tt.want+"\n", out); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
