package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "x", "--task", "proj.x", "--every", "1h", "--queue", "mail", "--priority", "4", "--args", "[1]",
		"--kwargs", `{"a": 1, "b": 1}`, "--schedule-kwargs", `{"b": 2}`)
	for _, tt := range []struct {
		broker string
		want   []string
	}{
		{"amqp://localhost//", []string{
			"transport  ", `steps                    exchange.declare exchange="mail" type="direct" durable=true`,
			`queue.bind exchange="mail" queue="mail" routing_key="mail"`, `basic.publish exchange="" routing_key="mail"`,
		}},
		{"redis://localhost/3", []string{
			`steps                    SADD _kombu.binding.mail "mail\x06\x16\x06\x16mail"`, `LPUSH "mail\x06\x163" <message>`,
		}},
	} {
		got := s.ok(t, "message", "x", "--broker", tt.broker)
		for _, want := range append(tt.want,
			"  task                   \"proj.x\"\n", "  periodic_task_name     \"x\"\n", "  priority               4\n",
			`body                     [[1], {"a": 1, "b": 2}, {"callbacks": null,`,
		) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in:\n%s", tt.broker, want, got)
			}
		}
		dry := s.ok(t, "trigger", "x", "--dry-run", "--broker", tt.broker)
		if got, want := len(strings.Split(dry, "\n")), len(strings.Split(got, "\n")); got != want {
			t.Errorf("trigger --dry-run prints %d lines, message %d", got, want)
		}
	}
	var v struct {
		ID, Transport, Declare string
		RoutingKey             string `json:"routing_key"`
		Headers                map[string]any
		Body                   string
		Commands               [][]string
	}
	s.decode(t, &v, "message", "x", "--broker", "redis://localhost/3")
	if _, err := uuid.Parse(v.ID); err != nil {
		t.Errorf("id %q: %v", v.ID, err)
	}
	if v.Transport != "redis" || v.Declare != "mail" || v.RoutingKey != "mail" || v.Headers["id"] != v.ID ||
		len(v.Commands) != 2 || v.Commands[1][0] != "LPUSH" {
		t.Errorf("message as JSON: %+v", v)
	}
}

func TestMessageOfSeveralSchedules(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "x", "--task", "proj.x", "--every", "1h")
	s.ok(t, "add", "--to", "x", "--every", "2h")
	s.ok(t, "message", "x") // the same, whichever is meant
	s.ok(t, "add", "--to", "x", "--every", "3h", "--schedule-kwargs", `{"a": 3}`)
	s.refused(t, 2, `beat: "x" has 3 schedules; choose one with --schedule: 1, 2, 3`, "message", "x")
	if got := s.ok(t, "message", "x", "--schedule", "3"); !strings.Contains(got, `[[], {"a": 3}, `) {
		t.Errorf("not the message of schedule 3:\n%s", got)
	}
	s.refused(t, 1, `beat: task "y": not found: `+"`beat list` shows all", "message", "y")
	s.refused(t, 2, "beat: beat message takes one NAME, not 0; see beat message --help", "message")
	s.refused(t, 2, "beat: --stdin and --schedule cannot stand together", "message", "--stdin", "--schedule", "1")
}

func TestTrigger(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	s := newShell(t)
	s.env["BEAT_BROKER_URL"] = "redis://" + redis.Addr() + "/0"
	s.ok(t, "add", "x", "--task", "proj.x", "--every", "1h", "--kwargs", `{"a": 1}`, "--disabled")
	before := s.ok(t, "show", "x", "-o", "json")

	var sent struct {
		Name, ID   string
		RoutingKey string `json:"routing_key"`
	}
	s.decode(t, &sent, "trigger", "x")
	out := s.ok(t, "trigger", "x")
	id, ok := strings.CutSuffix(strings.TrimPrefix(out, "sent x as "), " to queue celery\n")
	if _, err := uuid.Parse(id); err != nil || !ok {
		t.Errorf("output %q, want sent x as <id> to queue celery", out)
	}
	queue, err := redis.List("celery")
	if err != nil || len(queue) != 2 {
		t.Fatalf("queue holds %d messages (%v), want 2", len(queue), err)
	}
	var got []string
	for _, text := range queue {
		var m struct {
			Headers struct{ ID, Task string }
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Headers.Task+" "+m.Headers.ID)
	}
	if diff := cmp.Diff([]string{"proj.x " + id, "proj.x " + sent.ID}, got); diff != "" { // LPUSH: the latest first
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if after := s.ok(t, "show", "x", "-o", "json"); after != before {
		t.Errorf("the row changed:\n%s", cmp.Diff(before, after))
	}
}

func TestTriggerWithoutBroker(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	s := newShell(t)
	s.env["BEAT_BROKER_URL"] = "redis://:secret@" + redis.Addr() + "/0"
	s.add(t, clocked("x", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)))
	redis.Close()
	out, errs, code := s.run(t, "", "trigger", "x", "--timeout", "5s")
	if code != 1 || out != "" || !strings.HasPrefix(errs, `beat: send "x": `) || strings.Count(errs, "\n") != 1 ||
		strings.Contains(errs, "secret") {
		t.Errorf("exit code %d, output %q, errors %q, want 1, none and one line without the password", code, out, errs)
	}
	s.refused(t, 2, "beat: --timeout: 0s is not above 0", "trigger", "x", "--timeout", "0")
}
