package cli_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// controlled is a worker of which only the remote control is there.
type controlled struct {
	t        *testing.T
	client   *goredis.Client
	exchange string
	tasks    []string
	queues   []string
}

// startControlled answers requests on a control exchange until the end of the test.
func startControlled(t *testing.T, url, exchange string, tasks, queues []string) {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	w := &controlled{t: t, client: goredis.NewClient(options), exchange: exchange, tasks: tasks, queues: queues}
	hears := w.client.Subscribe(t.Context(), "/0."+exchange+".pidbox")
	if _, err := hears.Receive(t.Context()); err != nil { // it is subscribed now
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for m := range hears.Channel() {
			w.answer([]byte(m.Payload))
		}
	}()
	t.Cleanup(func() {
		if err := hears.Close(); err != nil {
			t.Error(err)
		}
		<-ended
		if err := w.client.Close(); err != nil {
			t.Error(err)
		}
	})
}

// answer puts what the request asks for into the list that it names.
func (w *controlled) answer(text []byte) {
	var envelope struct{ Body []byte } // base64, as encoding/json has it
	var request struct {
		Method  string
		ReplyTo struct {
			RoutingKey string `json:"routing_key"`
		} `json:"reply_to"`
	}
	if err := json.Unmarshal(text, &envelope); err != nil {
		w.t.Error(err)
		return
	}
	if err := json.Unmarshal(envelope.Body, &request); err != nil {
		w.t.Error(err)
		return
	}
	var said any = w.tasks
	if request.Method == "active_queues" {
		queues := []map[string]any{}
		for _, q := range w.queues {
			queues = append(queues, map[string]any{"name": q})
		}
		said = queues
	}
	body, err := json.Marshal(map[string]any{"celery@here": said})
	if err != nil {
		w.t.Error(err)
		return
	}
	reply, err := json.Marshal(map[string]any{
		"body": base64.StdEncoding.EncodeToString(body), "properties": map[string]any{"body_encoding": "base64"},
	})
	if err != nil {
		w.t.Error(err)
		return
	}
	list := request.ReplyTo.RoutingKey + ".reply." + w.exchange + ".pidbox"
	if err := w.client.LPush(context.Background(), list, reply).Err(); err != nil {
		w.t.Error(err)
	}
}

// wanting makes a database with rows that a worker which knows proj.good and reads celery can run, and that it cannot.
func wanting(t *testing.T) string {
	t.Helper()
	url := database(t)
	strange, unread, off := row("strange", true, everyHour()), row("good", true, everyHour()), row("off", false, everyHour())
	unread.Name, unread.Queue = "unread", "mails"
	write(t, url, row("good", true, everyHour()), strange, unread, off)
	return url
}

func TestListAsksWorkers(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	startControlled(t, s.URL(), "celery", []string{"proj.good"}, []string{"celery"})
	env := newEnviron("DATABASE_URL", wanting(t), "CELERY_BROKER_URL", s.URL())

	out, errs, code := once(t.Context(), env, "list", "--ask-workers", "--ask-timeout", "1s")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	notes := map[string]string{}
	for line := range strings.Lines(columns(out)) {
		words := strings.Fields(line)
		if at := slices.IndexFunc(words, func(w string) bool { return w == "no" || w == "disabled" }); at > 0 {
			notes[words[1]] = strings.Join(words[at:], " ")
		}
	}
	want := map[string]string{
		"strange": "no worker knows the task proj.strange", "unread": "no worker reads the queue mails", "off": "disabled",
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s\n%s", diff, out)
	}

	out, _, _ = once(t.Context(), env, "list", "--ask-workers", "--ask-timeout", "1s", "-o", "json")
	var rows []struct {
		Name  string
		Unmet []string
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	unmet := map[string][]string{}
	for _, r := range rows {
		unmet[r.Name] = r.Unmet
	}
	wanted := map[string][]string{"good": nil, "off": nil, "strange": {want["strange"]}, "unread": {want["unread"]}}
	if diff := cmp.Diff(wanted, unmet); diff != "" {
		t.Errorf("as JSON (-want +got):\n%s", diff)
	}
	if out, _, _ := once(t.Context(), env, "list"); strings.Contains(out, "no worker") {
		t.Errorf("asked without being told to:\n%s", out)
	}
}

// The list is the same when nobody can be asked, with a note.
func TestListWithoutWorkers(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	url := wanting(t)
	for broker, note := range map[string]string{
		s.URL():                         "no worker answers within 200ms: none runs, or their remote control is off\n",
		"redis://:secret@127.0.0.1:1/0": "the workers could not be asked: ",
		"amqp://u:secret@127.0.0.1:1//": "the workers could not be asked: ",
	} {
		env := newEnviron("DATABASE_URL", url, "CELERY_BROKER_URL", broker)
		plain, _, _ := once(t.Context(), env, "list")
		out, errs, code := once(t.Context(), env, "list", "--ask-workers", "--ask-timeout", "200ms")
		if code != 0 || columns(out) != columns(plain) {
			t.Errorf("%s: exit code %d\n%s", broker, code, out)
		}
		if !strings.HasPrefix(errs, note) || strings.Count(errs, "\n") != 1 || strings.Contains(errs, "secret") {
			t.Errorf("%s: said %q, want %q", broker, errs, note)
		}
	}
	_, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url), "list", "--ask-workers", "--ask-timeout", "0s")
	if code != 2 || errs != "beat: --ask-timeout: 0s is not above 0\n" {
		t.Errorf("no time: exit code %d, %s", code, errs)
	}
}

// Workers with another control_exchange hear nothing of what is said on Celery's.
func TestControlExchange(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	startControlled(t, s.URL(), "orders", []string{"proj.good"}, []string{"celery"})
	url := wanting(t)
	file := filepath.Join(t.TempDir(), "beat.yaml")
	if err := os.WriteFile(file, []byte("control_exchange: orders\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	exported := filepath.Join(t.TempDir(), "exported.json")
	if err := os.WriteFile(exported, []byte(`{"_export": {"app": "proj"}, "control_exchange": "orders"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string][]string{
		"file": {"BEAT_CONFIG", file}, "export of an app": {"BEAT_CONFIG", exported}, "variable": {"CELERY_CONTROL_EXCHANGE", "orders"},
	} {
		env := newEnviron(append(env, "DATABASE_URL", url, "CELERY_BROKER_URL", s.URL())...)
		out, errs, _ := once(t.Context(), env, "list", "--ask-workers", "--ask-timeout", "1s")
		if errs != "" || !strings.Contains(out, "no worker knows the task proj.strange") {
			t.Errorf("%s: list: %s%s", name, errs, out)
		}
		if out, _, _ := once(t.Context(), env, "check"); !strings.Contains(columns(out), "ok workers 1 answer: celery@here\n") {
			t.Errorf("%s: check: %s", name, out)
		}
	}
	_, errs, _ := once(t.Context(), newEnviron("DATABASE_URL", url, "CELERY_BROKER_URL", s.URL()),
		"list", "--ask-workers", "--ask-timeout", "1s")
	if !strings.HasPrefix(errs, "no worker answers") {
		t.Errorf("on Celery's exchange: %s", errs)
	}
}

func TestCheckAsksNobodyWhenTold(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	out, _, code := once(t.Context(), newEnviron("DATABASE_URL", wanting(t), "CELERY_BROKER_URL", s.URL(), "BEAT_ASK_WORKERS", "no"), "check")
	if code != 0 || strings.Contains(out, "workers") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
