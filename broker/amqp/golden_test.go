package amqp_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// recording is what Celery sent in one case.
type recording struct {
	Case     string `json:"case"`
	Producer struct {
		Celery string `json:"celery"`
	} `json:"producer"`
	Input struct {
		Before []json.RawMessage `json:"before"`
	} `json:"input"`
	Wire   []json.RawMessage `json:"wire"`
	Server []struct {
		Method string `json:"method"`
		Code   int    `json:"reply_code"`
	} `json:"server"`
	Arrived []json.RawMessage `json:"arrived"`
}

func (r *recording) name() string { return r.Case + " of Celery " + r.Producer.Celery }

func recordings(t *testing.T) []recording {
	t.Helper()
	var out []recording
	add := func(data []byte) {
		var r recording
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if dir := os.Getenv("BEAT_GOLDEN"); dir != "" {
		for _, folder := range []string{"messages", "messages/celery-5.2"} {
			files, err := filepath.Glob(filepath.Join(dir, folder, "amqp-*.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("BEAT_GOLDEN has no %s/amqp-*.json: %v", folder, err)
			}
			for _, file := range files {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				add(data)
			}
		}
		return out
	}
	file, err := os.Open("testdata/recordings.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(unzipped)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		add(line)
	}
}

// method holds the fields of all methods that a publish needs.
type method struct {
	Method     string          `json:"method"`
	Exchange   string          `json:"exchange"`
	Type       string          `json:"type"`
	Queue      string          `json:"queue"`
	RoutingKey string          `json:"routing_key"`
	Durable    bool            `json:"durable"`
	Exclusive  bool            `json:"exclusive"`
	AutoDelete bool            `json:"auto_delete"`
	Mandatory  bool            `json:"mandatory"`
	Arguments  json.RawMessage `json:"arguments"`
	Properties json.RawMessage `json:"properties"`
	Headers    json.RawMessage `json:"headers"`
	Body       struct{ Text, Base64 *string }
	Mechanism  string `json:"mechanism"`
}

const eventKey = "task.sent"

// A replay is what a publisher is given in place of Celery.
type replay struct {
	login    string
	messages []message.Envelope
	steps    []any // what Celery sent, without the methods of connection and channel
}

// replay reads the wire. Celery declares a queue once and each message in its turn; a publisher gets it with each.
func (r *recording) replay(t *testing.T) replay {
	t.Helper()
	var out replay
	var queue *message.Queue
	var pending *method // an exchange of which it is not known yet what for
	for _, raw := range r.Wire {
		var m method
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		switch m.Method {
		case "connection.start-ok":
			out.login = m.Mechanism
		case "exchange.declare":
			pending = &m
		case "queue.declare":
			queue = &message.Queue{
				Name: m.Queue, Durable: m.Durable, Exclusive: m.Exclusive, AutoDelete: m.AutoDelete,
				Arguments: members(t, m.Arguments),
			}
			if pending != nil {
				queue.Exchange, queue.ExchangeType = pending.Exchange, pending.Type
				queue.ExchangeTransient, queue.ExchangeAutoDelete = !pending.Durable, pending.AutoDelete
			}
		case "queue.bind":
			queue.RoutingKey, queue.Exchange = m.RoutingKey, m.Exchange
		case "basic.publish":
			env := m.envelope(t)
			if m.RoutingKey != eventKey {
				env.Declare = queue
				out.messages = append(out.messages, env)
				break
			}
			if env.ExchangeType = "topic"; pending != nil {
				env.ExchangeType = pending.Type
			}
			out.messages[len(out.messages)-1].Event = &env
		}
		if !strings.HasPrefix(m.Method, "connection.") && !strings.HasPrefix(m.Method, "channel.") && m.Method != "confirm.select" {
			out.steps = append(out.steps, decoded(t, raw))
		}
	}
	return out
}

func (m *method) envelope(t *testing.T) message.Envelope {
	t.Helper()
	env := message.Envelope{
		Exchange: m.Exchange, RoutingKey: m.RoutingKey, Mandatory: m.Mandatory, Headers: members(t, m.Headers),
	}
	for _, p := range members(t, m.Properties) {
		into := map[string]any{
			"content_type": &env.ContentType, "content_encoding": &env.ContentEncoding, "delivery_mode": &env.DeliveryMode,
			"priority": &env.Priority, "correlation_id": &env.CorrelationID, "reply_to": &env.ReplyTo,
			"expiration": &env.Expiration,
		}[p.Key]
		if into == nil {
			env.Properties = append(env.Properties, p)
			continue
		}
		if err := json.Unmarshal(p.Value, into); err != nil {
			t.Fatalf("%s: %v", p.Key, err)
		}
	}
	if m.Body.Text != nil {
		env.Body = []byte(*m.Body.Text)
		return env
	}
	body, err := base64.StdEncoding.DecodeString(*m.Body.Base64)
	if err != nil {
		t.Fatal(err)
	}
	env.Body = body
	return env
}

func members(t *testing.T, object []byte) []message.Header {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var out []message.Header
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		h := message.Header{Key: key.(string)}
		if err := d.Decode(&h.Value); err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return out
}

// decoded returns JSON as values; integers keep all their digits.
func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, element := range v {
			v[k] = exact(element)
		}
	case []any:
		for i, element := range v {
			v[i] = exact(element)
		}
	case json.Number:
		if !strings.ContainsAny(string(v), ".eE") {
			return v
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
	}
	return v
}
