package amqp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/brokertest"
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
	texts := brokertest.Recordings(t, "amqp")
	out := make([]recording, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
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
				Arguments: brokertest.Members(t, m.Arguments),
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
		Exchange: m.Exchange, RoutingKey: m.RoutingKey, Mandatory: m.Mandatory, Headers: brokertest.Members(t, m.Headers),
	}
	for _, p := range brokertest.Members(t, m.Properties) {
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
