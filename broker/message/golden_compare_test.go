package message_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/message"
)

func compareRedis(t *testing.T, r *recording, sent []message.Envelope) {
	t.Helper()
	enc := message.BodyBase64
	if strings.Contains(string(r.Input.Settings["broker_transport_options"]), "utf-8") {
		enc = message.BodyUTF8
	}
	pushed := func(env *message.Envelope) string {
		return canonicalEnvelope(t, string(message.AppendKombu(nil, env, r.Fixed.DeliveryTag, enc)))
	}
	env, n, events := &sent[0], 0, 0
	for _, c := range r.Commands {
		switch last := c[len(c)-1]; c[0] {
		case "SADD":
			compareBinding(t, env, c[1], last)
		case "LPUSH", "PUBLISH":
			if strings.HasSuffix(c[1], "/task.sent") {
				event := sent[events].Event
				events++
				if channel := "." + event.Exchange + "/" + event.RoutingKey; !strings.HasSuffix(c[1], channel) {
					t.Errorf("got event to %s, want it to %s", channel, c[1])
				}
				if diff := cmp.Diff(canonicalEnvelope(t, last), pushed(event)); diff != "" {
					t.Errorf("event (-celery +gobeat):\n%s", diff)
				}
				continue
			}
			env = &sent[min(n, len(sent)-1)] // a topic exchange may take one message to several queues
			n++
			if diff := cmp.Diff(canonicalEnvelope(t, last), pushed(env)); diff != "" {
				t.Errorf("envelope (-celery +gobeat):\n%s", diff)
			}
			if env.Exchange == "" && !strings.Contains(c[1], env.RoutingKey) {
				t.Errorf("got queue %s, want key %s", env.RoutingKey, c[1])
			}
		case "SMEMBERS":
			if !strings.HasSuffix(c[1], "_kombu.binding."+env.Exchange) {
				t.Errorf("got exchange %s, want that of %s", env.Exchange, c[1])
			}
		}
	}
	compareCounts(t, r, sent, events)
	declared := strings.Contains(string(must(json.Marshal(r.Commands))), `"SADD"`)
	if declared != (env.Declare != nil) {
		t.Errorf("got declaration %+v, want %t", env.Declare, declared)
	}
	if n == 0 && env.Exchange == "" {
		t.Errorf("got a message to queue %s, want one to an exchange without queues", env.RoutingKey)
	}
}

// compareCounts makes sure that an event is there for each message, or for none.
func compareCounts(t *testing.T, r *recording, sent []message.Envelope, events int) {
	t.Helper()
	want := 0
	if string(r.Input.Settings["task_send_sent_event"]) == "true" {
		want = len(sent)
	}
	got := 0
	for i := range sent {
		if sent[i].Event != nil {
			got++
		}
	}
	if got != want || events != want {
		t.Errorf("got %d events, want %d as recorded: %d", got, want, events)
	}
}

func compareBinding(t *testing.T, env *message.Envelope, key, member string) {
	t.Helper()
	if env.Declare == nil {
		t.Errorf("got no declaration, want %s", member)
		return
	}
	sep := "\x06\x16"
	if !strings.Contains(member, sep) {
		sep = ":"
	}
	parts := strings.Split(member, sep)
	_, exchange, _ := strings.Cut(key, "_kombu.binding.")
	want := []string{exchange, parts[0], parts[2]}
	got := []string{env.Declare.Exchange, env.Declare.RoutingKey, env.Declare.Name}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("binding (-celery +gobeat):\n%s", diff)
	}
}

func compareAMQP(t *testing.T, r *recording, sent []message.Envelope) {
	t.Helper()
	var declared []wireMethod
	n, events := 0, 0
	for _, m := range r.Wire {
		switch m.Method {
		case "exchange.declare", "queue.declare", "queue.bind":
			if event := sent[0].Event; event != nil && m.Exchange == event.Exchange {
				if m.Type != event.ExchangeType || !m.Durable || len(declared) != 3 {
					t.Errorf("got events to an exchange of type %s, want %+v after the queue", event.ExchangeType, m)
				}
				continue
			}
			if len(declared) < 3 {
				declared = append(declared, m)
			}
		case "basic.publish":
			if m.RoutingKey == "task.sent" {
				comparePublish(t, &m, sent[events].Event)
				events++
				continue
			}
			comparePublish(t, &m, &sent[n])
			n++
		}
	}
	compareCounts(t, r, sent, events)
	if n != len(sent) {
		t.Errorf("got %d messages in the recording, want %d", n, len(sent))
	}
	if diff := cmp.Diff(declared, declarations(sent[0].Declare)); diff != "" {
		t.Errorf("declarations (-celery +gobeat):\n%s", diff)
	}
}

func comparePublish(t *testing.T, m *wireMethod, env *message.Envelope) {
	t.Helper()
	want, got := *m, wireMethod{
		Method: m.Method, Exchange: env.Exchange, RoutingKey: env.RoutingKey, Mandatory: env.Mandatory,
		Properties: map[string]any{
			"content_type": env.ContentType, "content_encoding": env.ContentEncoding,
			"delivery_mode": decoded(t, env.DeliveryMode), "priority": decoded(t, env.Priority),
		},
		Headers: make(map[string]any),
	}
	for name, value := range map[string]string{
		"correlation_id": env.CorrelationID, "reply_to": env.ReplyTo, "expiration": env.Expiration,
	} {
		if value != "" {
			got.Properties[name] = value
		}
	}
	for _, p := range env.Properties {
		switch p.Key {
		case "message_id", "type", "app_id", "user_id", "cluster_id", "timestamp":
			got.Properties[p.Key] = decoded(t, p.Value)
		}
	}
	for _, h := range env.Headers {
		if _, twice := got.Headers[h.Key]; twice {
			t.Errorf("header %s is there twice", h.Key)
		}
		got.Headers[h.Key] = decoded(t, h.Value)
	}
	body := want.Body.Base64
	if want.Body.Text != nil {
		body = []byte(*want.Body.Text)
	}
	want.Body, got.Body = wireMethod{}.Body, wireMethod{}.Body
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("publish (-celery +gobeat):\n%s", diff)
		return
	}
	compression, _ := want.Headers["compression"].(string)
	if diff := cmp.Diff(canonical(t, env.ContentType, compression, body),
		canonical(t, env.ContentType, compression, env.Body)); diff != "" {
		t.Errorf("body (-celery +gobeat):\n%s", diff)
	}
}

// declarations returns the methods that declare a queue.
func declarations(q *message.Queue) []wireMethod {
	if q == nil {
		return nil
	}
	args := make(map[string]any)
	for _, a := range q.Arguments {
		args[a.Key] = must(decodeNumbers(a.Value))
	}
	none := map[string]any{}
	return []wireMethod{
		{
			Method: "exchange.declare", Exchange: q.Exchange, Type: q.ExchangeType, Durable: !q.ExchangeTransient,
			AutoDelete: q.ExchangeAutoDelete, Arguments: none,
		},
		{
			Method: "queue.declare", Queue: q.Name, Durable: q.Durable, AutoDelete: q.AutoDelete,
			Exclusive: q.Exclusive, Arguments: args,
		},
		{Method: "queue.bind", Queue: q.Name, Exchange: q.Exchange, RoutingKey: q.RoutingKey, Arguments: none},
	}
}

// decoded returns v as it would come out of a recording.
func decoded(t *testing.T, v any) any {
	t.Helper()
	text, ok := v.(json.RawMessage)
	if !ok {
		text = must(json.Marshal(v))
	}
	return must(decodeNumbers(text))
}

func decodeNumbers(text []byte) (any, error) {
	var out any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return out, dec.Decode(&out)
}

// recordedReprs returns the representations of the arguments in a recording, if anything was sent.
func recordedReprs(t *testing.T, r *recording) (args, kwargs string) {
	t.Helper()
	for _, m := range r.Wire {
		if m.Method == "basic.publish" {
			return m.Headers["argsrepr"].(string), m.Headers["kwargsrepr"].(string)
		}
	}
	for _, c := range r.Commands {
		if c[0] == "LPUSH" {
			env := must(decode[struct {
				Headers struct{ Argsrepr, Kwargsrepr string }
			}]([]byte(c[2])))
			return env.Headers.Argsrepr, env.Headers.Kwargsrepr
		}
	}
	return "", ""
}

// canonicalEnvelope replaces the body in the text of a message, unless it is JSON that must be equal, by what it says.
func canonicalEnvelope(t *testing.T, text string) string {
	t.Helper()
	env := must(decode[struct {
		Body        string
		ContentType string `json:"content-type"`
		Headers     struct {
			Compression string
			Task        *string
		}
	}]([]byte(text)))
	if env.ContentType == "application/json" && env.Headers.Compression == "" && env.Headers.Task != nil {
		return text
	}
	body, err := base64.StdEncoding.DecodeString(env.Body)
	if err != nil {
		return text // body_encoding utf-8
	}
	_, rest, _ := strings.Cut(text, `", "content-encoding"`)
	return canonical(t, env.ContentType, env.Headers.Compression, body) + rest
}
