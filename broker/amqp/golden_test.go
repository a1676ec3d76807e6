package amqp_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
)

type recording struct {
	Case string            `json:"case"`
	Wire []json.RawMessage `json:"wire"`
}

func recordings(t *testing.T) []recording {
	t.Helper()
	var out []recording
	if dir := os.Getenv("BEAT_GOLDEN"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "messages", "amqp-*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("BEAT_GOLDEN has no messages/amqp-*.json: %v", err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var r recording
			if err := json.Unmarshal(data, &r); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			out = append(out, r)
		}
		return out
	}
	file, err := os.Open("testdata/recordings.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(unzipped).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// method holds the fields of all methods that a publish needs.
type method struct {
	Method      string          `json:"method"`
	Exchange    string          `json:"exchange"`
	Type        string          `json:"type"`
	Queue       string          `json:"queue"`
	RoutingKey  string          `json:"routing_key"`
	Durable     bool            `json:"durable"`
	Exclusive   bool            `json:"exclusive"`
	AutoDelete  bool            `json:"auto_delete"`
	Mandatory   bool            `json:"mandatory"`
	Arguments   json.RawMessage `json:"arguments"`
	Properties  json.RawMessage `json:"properties"`
	Headers     json.RawMessage `json:"headers"`
	Body        struct{ Text, Base64 *string }
	HeaderTypes json.RawMessage `json:"header_types"`
}

// first returns what was sent up to the first message, and the message with its queue as the publisher gets them.
func (r recording) first(t *testing.T) (steps []any, env message.Envelope, ok bool) {
	t.Helper()
	for _, raw := range r.Wire {
		var m method
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(m.Method, "connection.") || strings.HasPrefix(m.Method, "channel.") || m.Method == "confirm.select" {
			continue
		}
		steps = append(steps, decoded(t, raw))
		switch m.Method {
		case "exchange.declare":
			env.Declare = &message.Queue{
				Exchange: m.Exchange, ExchangeType: m.Type, ExchangeTransient: !m.Durable, ExchangeAutoDelete: m.AutoDelete,
			}
		case "queue.declare":
			if env.Declare == nil {
				env.Declare = &message.Queue{}
			}
			q := env.Declare
			q.Name, q.Durable, q.Exclusive, q.AutoDelete = m.Queue, m.Durable, m.Exclusive, m.AutoDelete
			q.Arguments = members(t, m.Arguments)
		case "queue.bind":
			env.Declare.RoutingKey, env.Declare.Exchange = m.RoutingKey, m.Exchange
		case "basic.publish":
			env.Exchange, env.RoutingKey, env.Mandatory = m.Exchange, m.RoutingKey, m.Mandatory
			env.Headers = members(t, m.Headers)
			readProperties(t, m.Properties, &env)
			if m.Body.Text != nil {
				env.Body = []byte(*m.Body.Text)
			} else {
				body, err := base64.StdEncoding.DecodeString(*m.Body.Base64)
				if err != nil {
					t.Fatal(err)
				}
				env.Body = body
			}
			return steps, env, true
		}
	}
	return nil, env, false
}

func readProperties(t *testing.T, raw json.RawMessage, env *message.Envelope) {
	t.Helper()
	for _, p := range members(t, raw) {
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

func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWireAsCelery(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, r := range recordings(t) {
		want, env, ok := r.first(t)
		if !ok || strings.Contains(r.Case, "event") {
			continue // an event has properties that no task has, and is not sent by a publisher
		}
		compared++
		t.Run(r.Case, func(t *testing.T) {
			t.Parallel()
			steps, err := amqp.Wire(env)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(steps)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(want), decoded(t, text)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if compared < 25 {
		t.Errorf("only %d recordings were compared", compared)
	}
}
