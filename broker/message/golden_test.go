package message_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// recording is what Celery sent in one case.
type recording struct {
	Case      string `json:"case"`
	Table     string `json:"table"`
	Transport string `json:"transport"`
	Fixed     struct {
		Now         string `json:"now"`
		Origin      string `json:"origin"`
		ReplyTo     string `json:"reply_to"`
		PID         int    `json:"pid"`
		DeliveryTag string `json:"delivery_tag"`
	} `json:"fixed"`
	Input struct {
		Via      string                     `json:"via"`
		Settings map[string]json.RawMessage `json:"settings"`
		Register json.RawMessage            `json:"register"`
		Row      map[string]json.RawMessage `json:"row"`
		Task     string                     `json:"task"`
		Args     json.RawMessage            `json:"args"`
		Kwargs   json.RawMessage            `json:"kwargs"`
		Options  json.RawMessage            `json:"options"`
		Repeat   int                        `json:"repeat"`
	} `json:"input"`
	Wire     []wireMethod `json:"wire"`
	Commands [][]string   `json:"commands"`
	Result   struct {
		OK bool `json:"ok"`
	} `json:"result"`
	Rows []struct {
		Input json.RawMessage `json:"input"`
		JSON  string          `json:"json"`
		Repr  string          `json:"repr"`
	} `json:"rows"`
}

// wireMethod is one AMQP method of a client.
type wireMethod struct {
	Method     string         `json:"method"`
	Exchange   string         `json:"exchange"`
	Type       string         `json:"type"`
	Queue      string         `json:"queue"`
	RoutingKey string         `json:"routing_key"`
	Durable    bool           `json:"durable"`
	AutoDelete bool           `json:"auto_delete"`
	Exclusive  bool           `json:"exclusive"`
	Mandatory  bool           `json:"mandatory"`
	Arguments  map[string]any `json:"arguments"`
	Properties map[string]any `json:"properties"`
	Headers    map[string]any `json:"headers"`
	Body       struct {
		Text   *string `json:"text"`
		Base64 []byte  `json:"base64"`
	} `json:"body"`
}

// loadRecordings returns all recordings of the newest Celery by file name.
func loadRecordings(t testing.TB) map[string]recording {
	t.Helper()
	return loadFolder(t, "messages", "messages.jsonl.gz")
}

// loadFolder returns the recordings of a folder, or of the file that stands for it here.
func loadFolder(t testing.TB, folder, zipped string) map[string]recording {
	t.Helper()
	out := make(map[string]recording)
	add := func(name string, text []byte) {
		var r recording
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(name, ".json")] = r
	}
	if dir := os.Getenv("BEAT_GOLDEN"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no recordings in %s/%s (%v)", dir, folder, err)
		}
		for _, f := range files {
			add(filepath.Base(f), must(os.ReadFile(f)))
		}
		return out
	}
	f := must(os.Open(filepath.Join("testdata", zipped)))
	defer f.Close()
	lines := bufio.NewScanner(must(gzip.NewReader(f)))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var line struct {
			File string          `json:"file"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		add(line.File, line.Data)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// tally counts how the cases of a replay ended.
type tally map[string][]string

func (c tally) add(what, name string) { c[what] = append(c[what], name) }

// log prints the counts, with the names of those cases that are not plainly equal.
func (c tally) log(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(c)) {
		names := ""
		if !strings.HasSuffix(what, ": equal") {
			names = ": " + strings.Join(c[what], " ")
		}
		t.Logf("%s: %d%s", what, len(c[what]), names)
	}
}

func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	recordings := loadRecordings(t)
	count := tally{}
	for _, name := range slices.Sorted(maps.Keys(recordings)) {
		r := recordings[name]
		if r.Table != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			ended := replay(t, &r)
			if t.Failed() {
				ended = "different"
			}
			count.add(r.Transport+": "+ended, name)
		})
	}
	count.log(t)
}

// replay builds the messages of a recording, compares them and says how that ended. A refusal must be Celery's or be
// explained.
func replay(t *testing.T, r *recording) string {
	t.Helper()
	if strings.Contains(string(r.Input.Args), "$set") {
		if r.Result.OK {
			t.Error("Celery sent a set")
		}
		return "refused as by Celery before there is a row, because it is no JSON"
	}
	sent, err := build(t, r)
	switch {
	case strings.Contains(string(r.Input.Options), `"serializer": "pickle"`):
		if err == nil || !strings.Contains(err.Error(), "pickle") {
			t.Errorf("got %v, want pickle refused", err)
		}
		return "refused on purpose: pickle can run any code in the worker"
	case !r.Result.OK && err == nil:
		t.Error("got a message, want an error as from Celery")
	case !r.Result.OK:
		return "refused as by Celery"
	case err != nil:
		t.Fatalf("got error %v, want a message", err)
	}
	compare(t, r, sent)
	if python(r) {
		return "equal, given the argsrepr of its Python values, which JSON does not have"
	}
	return "equal"
}

func compare(t *testing.T, r *recording, sent []message.Envelope) {
	t.Helper()
	if r.Transport == "redis" {
		compareRedis(t, r, sent)
	} else {
		compareAMQP(t, r, sent)
	}
}

// python tells whether arguments of a case hold values that JSON lacks.
func python(r *recording) bool { return pythonOnly(r.Input.Args) || pythonOnly(r.Input.Kwargs) }
