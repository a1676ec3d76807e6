package message

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

// replay builds the message of a recording. Its error is that of the settings, the options or the message.
func replay(t *testing.T, r *recording) (Envelope, error) {
	t.Helper()
	settings, err := goldenSettings(t, r)
	if err != nil {
		return Envelope{}, err
	}
	task, stamp, err := goldenTask(t, r)
	if err != nil {
		return Envelope{}, err
	}
	for key := range members(must(object(task.Options.Headers, Limits{}))) {
		settings.HeadersOverride = settings.HeadersOverride || protocolHeader(key)
	}
	b, err := NewBuilder(settings)
	if err != nil {
		return Envelope{}, err
	}
	return b.Build(task, stamp)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func goldenSettings(t *testing.T, r *recording) (Settings, error) {
	t.Helper()
	s := Settings{
		Origin: r.Fixed.Origin, ReplyTo: r.Fixed.ReplyTo, NativeDelay: r.Transport == "amqp",
		Limits: Limits{Bytes: 1 << 20},
	}
	for name, value := range r.Input.Settings {
		v := option{name: name, text: untag(value)}
		var err error
		switch name {
		case "timezone":
			s.Zone, err = time.LoadLocation(unquote(v.text))
		case "enable_utc":
			err = v.inverse(&s.DisableUTC)
		case "task_protocol":
			err = v.int(&s.Protocol)
		case "task_serializer":
			err = v.string(&s.Serializer)
		case "task_compression":
			err = v.string(&s.Compression)
		case "task_default_queue":
			err = v.string(&s.DefaultQueue)
		case "task_default_queue_type":
			err = v.string(&s.DefaultQueueType)
		case "task_default_exchange":
			err = v.string(&s.DefaultExchange)
		case "task_default_exchange_type":
			err = v.string(&s.DefaultExchangeType)
		case "task_default_routing_key":
			err = v.string(&s.DefaultRoutingKey)
		case "task_default_delivery_mode":
			err = v.deliveryMode(&s.DefaultDeliveryMode)
		case "task_queues":
			s.Queues, err = ParseQueues(v.text)
		case "task_routes":
			s.Routes, err = ParseRoutes(v.text)
		case "task_queue_max_priority":
			err = v.int(&s.QueueMaxPriority)
		case "task_create_missing_queues":
			err = v.inverse(&s.RefuseMissingQueues)
		case "task_create_missing_queue_type":
			err = v.string(&s.MissingQueueType)
		case "task_create_missing_queue_exchange_type":
			err = v.string(&s.MissingQueueExchangeType)
		case "broker_transport_options", "broker_login_method", "broker_heartbeat", "task_default_priority",
			"task_ignore_result", "task_send_sent_event", "event_exchange", "event_serializer":
			// Matter to the transport, to registered tasks or to events.
		default:
			t.Errorf("setting %s is not mapped by this test", name)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func goldenTask(t *testing.T, r *recording) (Task, Stamp, error) {
	t.Helper()
	stamp := Stamp{ID: "11111111-2222-4333-8444-555555555555", Now: must(time.Parse(time.RFC3339Nano, r.Fixed.Now))}
	task := Task{Name: r.Input.Task, Args: untag(r.Input.Args), Kwargs: untag(r.Input.Kwargs)}
	if r.Input.Row != nil {
		goldenRow(t, r, &task, &stamp)
		return task, stamp, nil
	}
	var err error
	if task.Options, err = ParseOptions(untag(r.Input.Options)); err != nil {
		return task, stamp, err
	}
	// A point in time with an offset goes in as such, as from a row's column; all other times are text.
	if x := task.Options.Extra; x != nil && strings.Contains(string(r.Input.Options), `"expires": {`) {
		if _, err := time.Parse(time.RFC3339, x.ExpiresText); err == nil {
			task.Options.Expires, _ = parseISO(x.ExpiresText)
			x.ExpiresText = ""
		}
	}
	return task, stamp, nil
}

// goldenRow fills in the columns of a row of django-celery-beat.
func goldenRow(t *testing.T, r *recording, task *Task, stamp *Stamp) {
	t.Helper()
	o := &task.Options
	for column, value := range r.Input.Row {
		var text string
		v := option{name: column, text: value}
		if value[0] == '"' {
			text = unquote(must(AppendPythonJSON(nil, value, Limits{})))
		}
		var err error
		switch column {
		case "name":
			stamp.Headers = []Header{{Key: "periodic_task_name", Value: value}}
		case "args":
			task.Args = json.RawMessage(text)
		case "kwargs":
			task.Kwargs = json.RawMessage(text)
		case "queue":
			o.Queue = text
		case "exchange":
			o.Exchange = text
		case "routing_key":
			o.RoutingKey = text
		case "headers":
			o.Headers = json.RawMessage(text)
		case "priority":
			err = v.intPointer(&o.Priority)
		case "expire_seconds":
			err = v.secondsPointer(&o.ExpireSeconds)
		default:
			t.Errorf("column %s is not mapped by this test", column)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// untag turns the tagged values of an input into JSON text as a row would hold it. Order is kept.
func untag(text json.RawMessage) json.RawMessage {
	if absent(text) {
		return text
	}
	return untagValue(must(AppendPythonJSON(nil, text, settingLimits())))
}

func untagValue(v []byte) []byte {
	switch v[0] {
	case '[':
		out := []byte{'['}
		for e := range elements(v) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, untagValue(e)...)
		}
		return append(out, ']')
	case '{':
		out := []byte{'{'}
		for key, value := range members(v) {
			if strings.HasPrefix(key, "$") {
				return untagged(key, value)
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(appendQuoted(out, key), ':'), untagValue(value)...)
		}
		return append(out, '}')
	}
	return v
}

func untagged(tag string, value []byte) []byte {
	var list []json.RawMessage
	if value[0] == '[' {
		for e := range elements(value) {
			list = append(list, e)
		}
	}
	switch tag {
	case "$float":
		return []byte(map[string]string{"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[unquote(value)])
	case "$repeat":
		n := must(strconv.Atoi(string(list[1])))
		if list[0][0] == '"' {
			return appendQuoted(nil, strings.Repeat(unquote(list[0]), n))
		}
		inner := string(list[0][1 : len(list[0])-1])
		return []byte("[" + strings.TrimSuffix(strings.Repeat(inner+",", n), ",") + "]")
	case "$range":
		from, to := 0, must(strconv.Atoi(string(list[len(list)-1])))
		if len(list) == 2 {
			from = must(strconv.Atoi(string(list[0])))
		}
		out := []byte{'['}
		for i := from; i < to; i++ {
			if i > from {
				out = append(out, ',')
			}
			out = strconv.AppendInt(out, int64(i), 10)
		}
		return append(out, ']')
	case "$broadcast":
		name, queue := lookup(value, "name"), lookup(value, "queue")
		return []byte(`{"name":` + string(queue) + `,"alias":` + string(name) +
			`,"exchange":{"name":` + string(name) + `,"type":"fanout"},"broadcast":true}`)
	}
	return untagValue(value) // $datetime, $queue, $exchange, $signature
}
