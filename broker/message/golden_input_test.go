package message_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/message/codec"
)

// build makes the messages of a recording. Its error is that of the settings, the options or a message.
func build(t *testing.T, r *recording) ([]message.Envelope, error) {
	t.Helper()
	settings, err := goldenSettings(t, r)
	if err != nil {
		return nil, err
	}
	task, stamp, err := goldenTask(t, r)
	if err != nil {
		return nil, err
	}
	b, err := message.NewBuilder(settings)
	if err != nil {
		return nil, err
	}
	var out []message.Envelope
	for range max(r.Input.Repeat, 1) {
		stamp.Clock++
		env, err := b.Build(task, stamp)
		if err != nil {
			return nil, err
		}
		if same := must(b.Build(must(b.Prepare(task)), stamp)); !signed(r) {
			if diff := cmp.Diff(env, same); diff != "" {
				t.Errorf("prepared (-as stored +prepared):\n%s", diff)
			}
		}
		out = append(out, env)
	}
	return out, nil
}

// signed tells whether the bodies differ each time.
func signed(r *recording) bool {
	return strings.Contains(string(must(json.Marshal(r.Input))), `"auth"`)
}

func goldenSettings(t *testing.T, r *recording) (message.Settings, error) {
	t.Helper()
	s := message.Settings{
		Origin: r.Fixed.Origin, ReplyTo: r.Fixed.ReplyTo, PID: r.Fixed.PID, SystemZone: time.UTC,
		NativeDelay: r.Transport == "amqp", HeadersOverride: true, Limits: message.Limits{Bytes: 1 << 20},
		Serializers: append(codec.Serializers(), signer(t).Serializer()), Compressors: codec.Compressors(),
	}
	if r.Transport == "redis" {
		s.EventExchangeType = "fanout"
	}
	texts := map[string]*string{
		"task_serializer":            &s.Serializer,
		"task_compression":           &s.Compression,
		"task_default_queue":         &s.DefaultQueue,
		"task_default_queue_type":    &s.DefaultQueueType,
		"task_default_exchange":      &s.DefaultExchange,
		"task_default_exchange_type": &s.DefaultExchangeType,
		"task_default_routing_key":   &s.DefaultRoutingKey,
		"event_exchange":             &s.EventExchange,
		"event_serializer":           &s.EventSerializer,

		"task_create_missing_queue_type":          &s.MissingQueueType,
		"task_create_missing_queue_exchange_type": &s.MissingQueueExchangeType,
	}
	for name, value := range r.Input.Settings {
		value = untag(value)
		var err error
		switch name {
		case "timezone":
			s.Zone = must(time.LoadLocation(text(t, value)))
		case "enable_utc":
			s.DisableUTC = string(value) == "false"
		case "task_protocol":
			s.Protocol = number(t, value)
		case "task_default_delivery_mode":
			s.DefaultDeliveryMode = message.Transient // the only recorded one
		case "task_queues":
			s.Queues, err = message.ParseQueues(value)
		case "task_routes":
			s.Routes, err = message.ParseRoutes(value)
		case "task_queue_max_priority":
			s.QueueMaxPriority = number(t, value)
		case "task_create_missing_queues":
			s.RefuseMissingQueues = string(value) == "false"
		case "task_send_sent_event":
			s.SendSentEvent = string(value) == "true"
		case "broker_transport_options", "broker_login_method", "broker_heartbeat", "accept_content",
			"task_default_priority", "task_ignore_result":
			// Matter to the transport, the worker or, see below, to tasks that are known.
		default:
			to, ok := texts[name]
			if !ok {
				t.Fatalf("setting %s is not mapped by this test", name)
			}
			*to = text(t, value)
		}
		if err != nil {
			return s, err
		}
	}
	if r.Input.Register != nil {
		s.TaskDefaults = map[string]message.Options{r.Input.Task: taskDefaults(t, r)}
	}
	return s, nil
}

// taskDefaults are the options of a task as Celery sees them once it is bound to its app, which fills in settings.
func taskDefaults(t *testing.T, r *recording) message.Options {
	t.Helper()
	options := make(map[string]json.RawMessage)
	for option, setting := range map[string]string{
		"priority": "task_default_priority", "ignore_result": "task_ignore_result",
	} {
		if value, ok := r.Input.Settings[setting]; ok {
			options[option] = value
		}
	}
	if err := json.Unmarshal(r.Input.Register, &options); err != nil {
		t.Fatal(err)
	}
	return must(message.ParseOptions(must(json.Marshal(options))))
}

func goldenTask(t *testing.T, r *recording) (message.Task, message.Stamp, error) {
	t.Helper()
	stamp := message.Stamp{
		ID: "11111111-2222-4333-8444-555555555555", Now: must(time.Parse(time.RFC3339Nano, r.Fixed.Now)),
	}
	task := message.Task{Name: r.Input.Task, Args: arguments(r.Input.Args), Kwargs: arguments(r.Input.Kwargs)}
	if r.Input.Row != nil {
		goldenRow(t, r, &task, &stamp)
		return task, stamp, nil
	}
	var err error
	if task.Options, err = message.ParseOptions(untag(r.Input.Options)); err != nil {
		return task, stamp, err
	}
	x := task.Options.Extra
	// A point in time with an offset goes in as such, as from a row's column; all other times are text.
	if strings.Contains(string(r.Input.Options), `"expires": {`) {
		if at, err := time.Parse(time.RFC3339, x.ExpiresText); err == nil {
			task.Options.Expires, x.ExpiresText = at, ""
		}
	}
	if python(r) {
		x.Argsrepr, x.Kwargsrepr = recordedReprs(t, r)
	}
	return task, stamp, nil
}

// goldenRow fills in the columns of a row of django-celery-beat.
func goldenRow(t *testing.T, r *recording, task *message.Task, stamp *message.Stamp) {
	t.Helper()
	o := &task.Options
	for column, value := range r.Input.Row {
		switch column {
		case "name":
			stamp.Headers = []message.Header{{Key: "periodic_task_name", Value: value}}
		case "args":
			task.Args = json.RawMessage(text(t, value))
		case "kwargs":
			task.Kwargs = json.RawMessage(text(t, value))
		case "queue":
			o.Queue = text(t, value)
		case "exchange":
			o.Exchange = text(t, value)
		case "routing_key":
			o.RoutingKey = text(t, value)
		case "headers":
			o.Headers = json.RawMessage(text(t, value))
		case "priority":
			o.Priority = new(number(t, value))
		case "expire_seconds":
			o.ExpireSeconds = new(float64(number(t, value)))
		default:
			t.Errorf("column %s is not mapped by this test", column)
		}
	}
}

func text(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return s
}

func number(t *testing.T, value json.RawMessage) int {
	t.Helper()
	return must(strconv.Atoi(string(value)))
}

// untag turns the tagged values of settings and options into JSON text as a row would hold it. Order is kept.
func untag(value json.RawMessage) json.RawMessage { return untagger{}.text(value) }

// arguments does so with arguments, in which kombu marks the types of Python.
func arguments(value json.RawMessage) json.RawMessage { return untagger{types: true}.text(value) }

type untagger struct{ types bool }

func (u untagger) text(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return nil
	}
	return u.value(must(message.AppendPythonJSON(nil, value, message.Limits{Bytes: 1 << 20})))
}

func (u untagger) value(v []byte) []byte {
	switch v[0] {
	case '[':
		out := []byte{'['}
		for e := range message.Elements(v) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, u.value(e)...)
		}
		return append(out, ']')
	case '{':
		out := []byte{'{'}
		for key, value := range message.Members(v) {
			if strings.HasPrefix(key, "$") {
				return u.untagged(key, value)
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(out, must(json.Marshal(key))...), ':'), u.value(value)...)
		}
		return append(out, '}')
	}
	return v
}

func (u untagger) untagged(tag string, value []byte) []byte {
	var list []json.RawMessage
	if value[0] == '[' {
		list = must(decode[[]json.RawMessage](value))
	}
	switch tag {
	case "$float":
		return []byte(map[string]string{"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[message.Unquote(value)])
	case "$repeat":
		n := must(strconv.Atoi(string(list[1])))
		if list[0][0] == '"' {
			return must(json.Marshal(strings.Repeat(message.Unquote(list[0]), n)))
		}
		inner := string(list[0][1 : len(list[0])-1])
		return []byte("[" + strings.TrimSuffix(strings.Repeat(inner+",", n), ",") + "]")
	case "$range":
		return numbers(list)
	case "$broadcast":
		b := must(decode[map[string]string](value))
		return fmt.Appendf(nil, `{"name":%q,"alias":%q,"exchange":{"name":%q,"type":"fanout"},"broadcast":true}`,
			b["queue"], b["name"], b["name"])
	case "$datetime", "$date", "$time", "$decimal":
		if u.types {
			return typed(tag[1:], value)
		}
	case "$uuid":
		return typed("uuid", []byte(`{"hex": "`+strings.ReplaceAll(message.Unquote(value), "-", "")+`"}`))
	case "$bytes":
		raw := must(base64.StdEncoding.DecodeString(message.Unquote(value)))
		if !utf8.Valid(raw) {
			return typed("base64", value)
		}
		return typed("bytes", must(json.Marshal(string(raw))))
	}
	return u.value(value) // $queue, $exchange, $signature, $tuple, $intkeys
}

func typed(name string, value []byte) []byte {
	return fmt.Appendf(nil, `{"__type__": %q, "__value__": %s}`, name, value)
}

func numbers(bounds []json.RawMessage) []byte {
	from, to := 0, must(strconv.Atoi(string(bounds[len(bounds)-1])))
	if len(bounds) == 2 {
		from = must(strconv.Atoi(string(bounds[0])))
	}
	out := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, int64(i), 10)
	}
	return append(out, ']')
}

func decode[T any](text []byte) (T, error) {
	var v T
	return v, json.Unmarshal(text, &v)
}
