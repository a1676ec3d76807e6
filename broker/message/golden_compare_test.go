package message

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inflate returns what a body says, decompressed if it is compressed.
func inflate(t *testing.T, body []byte) string {
	t.Helper()
	if len(body) == 0 || body[0] != 0x78 {
		return string(body)
	}
	r, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inflateEnvelope replaces a compressed body by what it says, because two compressors seldom write the same bytes.
func inflateEnvelope(t *testing.T, text string) string {
	t.Helper()
	if !strings.Contains(text, `"compression": "application/x-gzip"`) {
		return text
	}
	return regexp.MustCompile(`^\{"body": "[^"]*"`).ReplaceAllStringFunc(text, func(s string) string {
		body, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(s, `{"body": "`), `"`))
		if err != nil {
			t.Fatal(err)
		}
		return inflate(t, body)
	})
}

func compareRedis(t *testing.T, r *recording, env *Envelope) {
	t.Helper()
	enc := BodyBase64
	if strings.Contains(string(r.Input.Settings["broker_transport_options"]), "utf-8") {
		enc = BodyUTF8
	}
	got := inflateEnvelope(t, string(AppendKombu(nil, env, r.Fixed.DeliveryTag, enc)))
	declared, sent := 0, 0
	for _, c := range r.Commands {
		switch last := c[len(c)-1]; c[0] {
		case "SADD":
			declared++
			compareBinding(t, env, c[1], last)
		case "LPUSH", "PUBLISH":
			if strings.HasSuffix(c[1], "/task.sent") {
				continue // an event
			}
			sent++
			if diff := cmp.Diff(inflateEnvelope(t, last), got); diff != "" {
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
	if (declared > 0) != (env.Declare != nil) {
		t.Errorf("got declaration %+v, want %d", env.Declare, declared)
	}
	if sent == 0 && env.Exchange == "" {
		t.Errorf("got a message to queue %s, want one to an exchange without queues", env.RoutingKey)
	}
}

func compareBinding(t *testing.T, env *Envelope, key, member string) {
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

func compareAMQP(t *testing.T, r *recording, env *Envelope) {
	t.Helper()
	var declared []wireMethod
	sent := 0
	for _, m := range r.Wire {
		switch m.Method {
		case "exchange.declare", "queue.declare", "queue.bind":
			if len(declared) < 3 && m.Exchange != "celeryev" && m.Exchange != "myev" {
				declared = append(declared, m)
			}
		case "basic.publish":
			if m.RoutingKey == "task.sent" {
				continue // an event
			}
			sent++
			comparePublish(t, &m, env)
		}
	}
	if sent != max(r.Input.Repeat, 1) {
		t.Errorf("got %d messages in the recording, want %d", sent, max(r.Input.Repeat, 1))
	}
	if diff := cmp.Diff(declared, declarations(env.Declare)); diff != "" {
		t.Errorf("declarations (-celery +gobeat):\n%s", diff)
	}
}

func comparePublish(t *testing.T, m *wireMethod, env *Envelope) {
	t.Helper()
	want, got := *m, wireMethod{
		Method: m.Method, Exchange: env.Exchange, RoutingKey: env.RoutingKey, Mandatory: env.Mandatory,
		Properties: map[string]any{
			"content_type": env.ContentType, "content_encoding": env.ContentEncoding,
			"delivery_mode": decoded(t, env.DeliveryMode), "priority": decoded(t, env.Priority),
			"correlation_id": env.CorrelationID, "reply_to": env.ReplyTo,
		},
		Headers: make(map[string]any),
	}
	if env.Expiration != "" {
		got.Properties["expiration"] = env.Expiration
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
	}
	if diff := cmp.Diff(inflate(t, body), inflate(t, env.Body)); diff != "" {
		t.Errorf("body (-celery +gobeat):\n%s", diff)
	}
}

// declarations returns the methods that declare a queue.
func declarations(q *Queue) []wireMethod {
	if q == nil {
		return nil
	}
	args := make(map[string]any)
	for _, a := range q.Arguments {
		var v any
		dec := json.NewDecoder(bytes.NewReader(a.Value))
		dec.UseNumber()
		_ = dec.Decode(&v)
		args[a.Key] = v
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
	var out any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}
