package message

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func header(env Envelope, key string) string {
	for _, h := range env.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return "absent"
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	tests := []struct {
		name  string
		task  Task
		field string
	}{
		{"no task", Task{}, "task"},
		{"args object", Task{Name: "t", Args: raw("{}")}, "args"},
		{"args broken", Task{Name: "t", Args: raw("[1")}, "args"},
		{"kwargs array", Task{Name: "t", Kwargs: raw("[]")}, "kwargs"},
		{"kwargs deep", Task{Name: "t", Kwargs: raw(`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}")}, "kwargs"},
		{"headers array", Task{Name: "t", Options: Options{Headers: raw("[]")}}, "headers"},
		{"protocol header", Task{Name: "t", Options: Options{Headers: raw(`{"task":"other"}`)}}, "headers"},
		{"protocol header, escaped", Task{Name: "t", Options: Options{Headers: raw(`{"t\u0061sk":"other"}`)}}, "headers"},
		{"compression header", Task{Name: "t", Options: Options{Headers: raw(`{"compression":"x"}`)}}, "headers"},
		{"header of a run", Task{Name: "t", Options: Options{Headers: raw(`{"beat_epoch":1}`)}}, "headers"},
		{"task id", Task{Name: "t", Options: Options{Extra: &Extra{TaskID: "own"}}}, "task_id"},
		{"priority", Task{Name: "t", Options: Options{Priority: new(300)}}, "priority"},
		{"long queue", Task{Name: "t", Options: Options{Queue: strings.Repeat("q", 256)}}, "queue"},
		{"far expiry", Task{Name: "t", Options: Options{ExpireSeconds: new(1e12)}}, "expires"},
		{"far countdown", Task{Name: "t", Options: Options{Extra: &Extra{Countdown: -1e12}}}, "countdown"},
		{"bad expiry", Task{Name: "t", Options: Options{Extra: &Extra{ExpiresText: "soon"}}}, "expires"},
		{"pickle", Task{Name: "t", Options: Options{Extra: &Extra{Serializer: "pickle"}}}, "serializer"},
		{"serializer", Task{Name: "t", Options: Options{Extra: &Extra{Serializer: "nope"}}}, "serializer"},
		{"compression", Task{Name: "t", Options: Options{Extra: &Extra{Compression: "nope"}}}, "compression"},
	}
	b := must(NewBuilder(Settings{}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := b.Build(tt.task, Stamp{ID: "id"})
			if e, ok := errors.AsType[*OptionError](err); !ok || e.Field != tt.field {
				t.Errorf("got %v, want an OptionError about %s", err, tt.field)
			}
		})
	}
}

// What a row passes to its task may be personal; it must not end up in a log.
func TestBuildErrorsDoNotQuoteArguments(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{}))
	for _, text := range []string{`["hunter2"`, `"hunter2"`, `["hunter2", x]`} {
		_, err := b.Build(Task{Name: "t", Args: json.RawMessage(text)}, Stamp{ID: "id"})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want an error without the arguments", err)
		}
	}
}

func TestBuildHeaders(t *testing.T) {
	t.Parallel()
	task := Task{Name: "t", Options: Options{Headers: json.RawMessage(`{"periodic_task_name":"row","x":1}`)}}
	stamp := Stamp{ID: "id", Headers: []Header{
		{"periodic_task_name", json.RawMessage(`"é"`)}, {"beat_epoch", json.RawMessage("7")},
	}}
	env := must(must(NewBuilder(Settings{})).Build(task, stamp))
	want := []Header{
		{"periodic_task_name", json.RawMessage(`"\u00e9"`)},
		{"x", json.RawMessage("1")},
		{"beat_epoch", json.RawMessage("7")},
	}
	if diff := cmp.Diff(want, env.Headers[19:]); diff != "" {
		t.Errorf("headers after those of the protocol (-want +got):\n%s", diff)
	}
	stamp.Headers[0].Value = json.RawMessage("no json")
	if _, err := must(NewBuilder(Settings{})).Build(task, stamp); err == nil {
		t.Error("got no error for a header of the stamp that is not JSON")
	}
}

// Headers of the settings are those of each message; a row that has one keeps its own.
func TestBuildHeadersOfAllMessages(t *testing.T) {
	t.Parallel()
	b, err := NewBuilder(Settings{Headers: []Header{{Key: "_schema_name", Value: []byte(`"shop"`)}}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"": `"shop"`, `{"a": 1}`: `"shop"`, `{"_schema_name": "blog"}`: `"blog"`} {
		task := Task{Name: "t", Options: Options{Headers: json.RawMessage(text)}}
		env, err := b.Build(task, Stamp{ID: "1"})
		if err != nil || header(env, "_schema_name") != want {
			t.Errorf("row with %q: %s, %v, want %s", text, header(env, "_schema_name"), err, want)
		}
	}
}

func TestBuildIdentity(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{Origin: "gen1@host"}))
	env := must(b.Build(Task{Name: "t"}, Stamp{ID: "stamped"}))
	if env.ID != "stamped" || env.CorrelationID != "stamped" || header(env, "root_id") != `"stamped"` {
		t.Errorf("got %s, %s, %s, want the ID of the stamp", env.ID, env.CorrelationID, header(env, "root_id"))
	}
	if env.ReplyTo == "" || header(env, "origin") != `"gen1@host"` {
		t.Errorf("got reply to %q, origin %s", env.ReplyTo, header(env, "origin"))
	}
	b = must(NewBuilder(Settings{HeadersOverride: true}))
	env = must(b.Build(Task{Name: "t", Options: Options{Extra: &Extra{TaskID: "own"}}}, Stamp{ID: "stamped"}))
	if env.ID != "own" || header(env, "id") != `"own"` {
		t.Errorf("got %s, %s, want own", env.ID, header(env, "id"))
	}
}

func TestBuildHeadersOverride(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{HeadersOverride: true}))
	task := Task{Name: "t", Options: Options{Headers: json.RawMessage(`{"lang":"go","beat_epoch":1,"traceparent":"row"}`)}}
	env := must(b.Build(task, Stamp{ID: "id", Headers: []Header{{"traceparent", json.RawMessage(`"stamp"`)}}}))
	for key, want := range map[string]string{"lang": `"go"`, "beat_epoch": "1", "traceparent": `"stamp"`} {
		if got := header(env, key); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}

func TestBuildTaskDefaults(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{
		TaskDefaults: map[string]Options{
			"known": {Queue: "code", Priority: new(3), Extra: &Extra{IgnoreResult: new(true)}},
		},
		Routes: []Route{{Pattern: "known", Options: Options{Queue: "route", RoutingKey: "route", Priority: new(1)}}},
	}))
	tests := []struct {
		name, task, options   string
		wantQueue, wantIgnore string
		wantPriority          int
	}{
		{"defaults over route", "known", `{}`, "code", "true", 3},
		{"row over defaults", "known", `{"queue":"row","ignore_result":false,"priority":5}`, "row", "false", 5},
		{"another task", "other", `{}`, "celery", "false", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			options := must(ParseOptions(json.RawMessage(tt.options)))
			env := must(b.Build(Task{Name: tt.task, Options: options}, Stamp{ID: "id"}))
			ignore := header(env, "ignore_result")
			if env.RoutingKey != tt.wantQueue || env.Priority != tt.wantPriority || ignore != tt.wantIgnore {
				t.Errorf("got %s, priority %d, ignore_result %s, want %+v", env.RoutingKey, env.Priority, ignore, tt)
			}
		})
	}
}

func TestBuildProtocol1(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{Protocol: 1, DisableUTC: true, Zone: time.UTC, Compression: "zlib"}))
	task := Task{Name: "t", Options: Options{Extra: &Extra{ETA: "2030-01-01", Retries: 3}}}
	env := must(b.Build(task, Stamp{ID: "id"}))
	want := `{"task": "t", "id": "id", "args": [], "kwargs": {}, "group": null, "group_index": null, "retries": 3, ` +
		`"eta": "2030-01-01", "expires": null, "utc": false, "callbacks": null, "errbacks": null, ` +
		`"timelimit": [null, null], "taskset": null, "chord": null}`
	r := must(zlib.NewReader(bytes.NewReader(env.Body)))
	if got := string(must(io.ReadAll(r))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(env.Headers) != 1 || header(env, "compression") != `"application/x-gzip"` {
		t.Errorf("got headers %v, want only compression", env.Headers)
	}
}

func TestBuildIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{QueueMaxPriority: 10, Routes: []Route{{Pattern: "proj.*", Options: Options{Queue: "r"}}}}))
	task, stamp := typical()
	task.Options.Queue = ""
	want := string(KombuEnvelope(must(b.Build(task, stamp)), "tag"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				env, err := b.Build(task, stamp)
				if got := string(KombuEnvelope(env, "tag")); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestBuildLeavesTaskAlone(t *testing.T) {
	t.Parallel()
	task, stamp := typical()
	args, kwargs := string(task.Args), string(task.Kwargs)
	task.Options.Extra = &Extra{Properties: []Header{{"foo", json.RawMessage("1")}}}
	b := must(NewBuilder(Settings{Routes: []Route{{
		Pattern: task.Name,
		Options: Options{Extra: &Extra{Properties: []Header{{"foo", json.RawMessage("2")}, {"bar", json.RawMessage("3")}}}},
	}}}))
	env := must(b.Build(task, stamp))
	if len(env.Properties) != 2 || string(env.Properties[0].Value) != "1" {
		t.Errorf("got properties %v", env.Properties)
	}
	if string(task.Args) != args || string(task.Kwargs) != kwargs || len(task.Options.Extra.Properties) != 1 {
		t.Errorf("the task became %+v", task)
	}
	if got := string(b.settings.Routes[0].Options.Extra.Properties[0].Value); got != "2" {
		t.Errorf("the route's property became %s", got)
	}
}

func TestCustomSerializer(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{
		Serializer: "upper",
		Serializers: []Serializer{{
			Names: []string{"upper"}, ContentType: "text/upper", ContentEncoding: "utf-8",
			Encode: func(body []byte) ([]byte, error) { return []byte(strings.ToUpper(string(body))), nil },
		}},
	}))
	env := must(b.Build(Task{Name: "t", Args: json.RawMessage(`["a"]`)}, Stamp{ID: "id"}))
	if env.ContentType != "text/upper" || !strings.HasPrefix(string(env.Body), `[["A"], {}`) {
		t.Errorf("got %s: %s", env.ContentType, env.Body)
	}
}

func TestSettingsValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field    string
		settings Settings
	}{
		{"task_protocol", Settings{Protocol: 3}},
		{"task_default_delivery_mode", Settings{DefaultDeliveryMode: 3}},
		{"task_queue_max_priority", Settings{QueueMaxPriority: 256}},
		{"task_default_queue_type", Settings{DefaultQueueType: "stream"}},
		{"task_create_missing_queue_type", Settings{MissingQueueType: "stream"}},
		{"task_default_queue", Settings{DefaultQueue: strings.Repeat("q", 256)}},
		{"task_queues", Settings{Queues: []QueueDef{{}}}},
		{"event_exchange", Settings{EventExchange: strings.Repeat("e", 256)}},
		{"event_exchange_type", Settings{EventExchangeType: "direct"}},
		{"event_serializer", Settings{EventSerializer: "auth"}},
		{"task_routes", Settings{Routes: []Route{{}}}},
		{"limits", Settings{Limits: Limits{Depth: 2000}}},
		{"task_serializer", Settings{Serializer: "pickle"}},
		{"task_compression", Settings{Compression: "nope"}},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			t.Parallel()
			_, err := NewBuilder(tt.settings)
			if e, ok := errors.AsType[*OptionError](err); !ok || e.Field != tt.field {
				t.Errorf("got %v, want an OptionError about %s", err, tt.field)
			}
		})
	}
}
