package pidbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// workers answers in their place: bodies by method.
type workers struct {
	answers map[string][]string
	kind    string // content type of the answers
	asked   []pidbox.Control
	fail    error
	read    func(body []byte) []byte // of requests; nil: they are JSON
}

func (w *workers) Control(_ context.Context, c pidbox.Control, take func(pidbox.Answer)) error {
	w.asked = append(w.asked, c)
	var m struct{ Method string }
	body := c.Request.Body
	if w.read != nil {
		body = w.read(body)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	for _, body := range w.answers[m.Method] {
		take(pidbox.Answer{ContentType: w.kind, Body: []byte(body)})
	}
	return w.fail
}

func TestAsk(t *testing.T) {
	t.Parallel()
	w := &workers{answers: map[string][]string{
		"registered":    {`{"b@x": ["proj.add", "proj.mul [rate_limit=1/s]"]}`, `{"a@x": ["proj.sub"]}`},
		"active_queues": {`{"b@x": [{"name": "celery", "exchange": {}}, {"name": "slow"}]}`},
	}}
	got, err := pidbox.Ask(t.Context(), w, pidbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Names, []string{"b@x", "a@x"}) {
		t.Errorf("got the workers %v", got.Names)
	}
	for task, known := range map[string]bool{"proj.add": true, "proj.sub": true, "proj.mul": true, "proj.div": false} {
		if got.Knows(task) != known {
			t.Errorf("%s is known: %t, want %t", task, !known, known)
		}
	}
	for queue, read := range map[string]bool{"celery": true, "slow": true, "fast": false} {
		if got.Reads(queue) != read {
			t.Errorf("%s is read: %t, want %t", queue, !read, read)
		}
	}
}

// TestRequest compares with what kombu's Mailbox sends.
func TestRequest(t *testing.T) {
	t.Parallel()
	w := &workers{answers: map[string][]string{"registered": {`{"a@x": []}`}}}
	if _, err := pidbox.Ask(t.Context(), w, pidbox.Config{}); err != nil {
		t.Fatal(err)
	}
	if len(w.asked) != 2 {
		t.Fatalf("asked %d times, want twice", len(w.asked))
	}
	first, second := w.asked[0], w.asked[1]
	if first.ReplyKey == second.ReplyKey {
		t.Error("both requests have the same queue of answers, so late ones would be mixed up")
	}
	if first.Request.Exchange != "celery.pidbox" || first.ReplyExchange != "reply.celery.pidbox" ||
		first.ReplyQueue != first.ReplyKey+".reply.celery.pidbox" {
		t.Errorf("got %+v", first)
	}
	var body map[string]any
	if err := json.Unmarshal(first.Request.Body, &body); err != nil {
		t.Fatal(err)
	}
	if all, ok := body["arguments"].(map[string]any); !ok || all["builtins"] != true {
		t.Errorf("asked with %v, want the tasks of Celery itself, too", body["arguments"])
	}
	reply, ok := body["reply_to"].(map[string]any)
	if !ok || reply["exchange"] != first.ReplyExchange || reply["routing_key"] != first.ReplyKey {
		t.Errorf("answers go to %v", body["reply_to"])
	}
	for _, key := range []string{"destination", "pattern", "matcher"} {
		if value, there := body[key]; !there || value != nil {
			t.Errorf("%s is %v, want null", key, value)
		}
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	w := &workers{}
	got, err := pidbox.Ask(t.Context(), w, pidbox.Config{})
	if err != nil || len(got.Names) != 0 || len(w.asked) != 1 {
		t.Errorf("got %+v, %v after %d requests, want nobody after one", got, err, len(w.asked))
	}
}

// TestBadAnswers keeps what is good beside what is not.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{``, `[`, `[]`, `"x"`, `{"b@x": {"error": "no such command"}}`, `{"b@x": 1}`, strings.Repeat(" ", 17<<20)} {
		w := &workers{answers: map[string][]string{
			"registered": {bad, `{"a@x": ["proj.add"]}`}, "active_queues": {`{"a@x": [{"name": "q"}]}`, bad},
		}}
		got, err := pidbox.Ask(t.Context(), w, pidbox.Config{})
		if err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%.20q: got %v, want that it cannot be read", bad, err)
		}
		if !got.Knows("proj.add") || !got.Reads("q") || len(got.Names) != 1 {
			t.Errorf("%.20q: got %+v, want what the good worker said", bad, got)
		}
	}
}

func TestBrokerAway(t *testing.T) {
	t.Parallel()
	away := errors.New("gone")
	if _, err := pidbox.Ask(t.Context(), &workers{fail: away}, pidbox.Config{}); !errors.Is(err, away) {
		t.Errorf("got %v, want %v", err, away)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(`{"a@x": ["proj.add"]}`, `{"a@x": [{"name": "q"}]}`)
	f.Add(`{"a@x": {"error": "x"}}`, `[]`)
	f.Fuzz(func(t *testing.T, registered, queues string) {
		w := &workers{answers: map[string][]string{"registered": {registered}, "active_queues": {queues}}}
		got, err := pidbox.Ask(t.Context(), w, pidbox.Config{})
		if err == nil && len(got.Names) < max(len(got.Tasks), len(got.Queues)) {
			t.Errorf("%v are named of %v and %v", got.Names, got.Tasks, got.Queues)
		}
	})
}

// Workers with another serializer take requests in it, and answer in it.
func TestOtherSerializer(t *testing.T) {
	t.Parallel()
	reverse := func(body []byte) ([]byte, error) {
		body = slices.Clone(body)
		slices.Reverse(body)
		return body, nil
	}
	turned := func(text string) string {
		b, _ := reverse([]byte(text))
		return string(b)
	}
	w := &workers{kind: "application/x-turned", answers: map[string][]string{
		"registered": {turned(`{"a@x": ["proj.add"]}`)}, "active_queues": {turned(`{"a@x": [{"name": "q"}]}`)},
	}}
	w.read = func(body []byte) []byte { b, _ := reverse(body); return b }
	c := pidbox.Config{
		Exchange: "orders", Serializer: &message.Serializer{ContentType: w.kind, ContentEncoding: "binary", Encode: reverse},
		Decode: func(kind string, body []byte) ([]byte, error) {
			if kind != w.kind {
				t.Errorf("decodes %q", kind)
			}
			return reverse(body)
		},
	}
	got, err := pidbox.Ask(t.Context(), w, c)
	if err != nil || !got.Knows("proj.add") || !got.Reads("q") {
		t.Errorf("got %+v, %v", got, err)
	}
	if r := w.asked[0].Request; r.ContentType != w.kind || r.ContentEncoding != "binary" || r.Exchange != "orders.pidbox" {
		t.Errorf("asked with %+v", r)
	}
	c.Decode = nil
	if got, err := pidbox.Ask(t.Context(), w, c); err == nil || !strings.Contains(err.Error(), w.kind) || len(got.Names) != 0 {
		t.Errorf("without a decoder: got %+v, %v", got, err)
	}
}
