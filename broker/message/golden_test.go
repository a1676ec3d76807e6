package message

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

// loadRecordings returns all recordings by file name.
func loadRecordings(t testing.TB) map[string]recording {
	t.Helper()
	out := make(map[string]recording)
	add := func(name string, text []byte) {
		var r recording
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = r
	}
	if dir := os.Getenv("BEAT_GOLDEN"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "messages", "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no recordings in %s/messages (%v)", dir, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			add(filepath.Base(f), text)
		}
		return out
	}
	f, err := os.Open("testdata/messages.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzip)
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

func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	recordings := loadRecordings(t)
	names := slices.Sorted(maps.Keys(recordings))
	equal, refused := map[string]int{}, map[string]int{}
	outOfScope, events := map[string][]string{}, 0
	for _, name := range names {
		r := recordings[name]
		if r.Table != "" {
			continue
		}
		if reason := beyond(&r); reason != "" {
			outOfScope[reason] = append(outOfScope[reason], name)
			continue
		}
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			env, err := replay(t, &r)
			switch {
			case !r.Result.OK && err == nil:
				t.Fatalf("got a message, want an error as from Celery")
			case !r.Result.OK:
				refused[r.Transport]++
				return
			case err != nil:
				t.Fatalf("got error %v, want a message", err)
			}
			if r.Transport == "redis" {
				compareRedis(t, &r, &env)
			} else {
				compareAMQP(t, &r, &env)
			}
			if !t.Failed() {
				equal[r.Transport]++
				if string(r.Input.Settings["task_send_sent_event"]) == "true" {
					events++
				}
			}
		})
	}
	for _, transport := range []string{"amqp", "redis"} {
		t.Logf("%s: %d equal, %d refused as by Celery", transport, equal[transport], refused[transport])
	}
	t.Logf("%d of them with task-sent events, which are not compared", events)
	reasons := slices.Sorted(maps.Keys(outOfScope))
	for _, reason := range reasons {
		t.Logf("out of scope: %s: %d: %s", reason, len(outOfScope[reason]), strings.Join(outOfScope[reason], " "))
	}
}

// beyond says why a case cannot be expressed by a row or needs another package.
func beyond(r *recording) string {
	options, settings := string(r.Input.Options), func(name string) string { return string(r.Input.Settings[name]) }
	has := func(text, key, value string) bool { return strings.Contains(text, `"`+key+`": "`+value+`"`) }
	serializer := strings.Trim(settings("task_serializer"), `"`)
	for _, name := range []string{"msgpack", "yaml", "pickle"} {
		if has(options, "serializer", name) || strings.Contains(settings("task_routes"), `"`+name+`"`) {
			serializer = name
		}
	}
	switch {
	case r.Input.Register != nil:
		return "task registered in the beat process"
	case serializer == "auth":
		return "signed messages"
	case serializer == "pickle":
		return "pickle is refused"
	case serializer == "msgpack" || serializer == "yaml":
		return "serializer of another package: " + serializer
	}
	for _, name := range []string{"bzip2", "lzma", "zstd", "brotli"} {
		if has(options, "compression", name) {
			return "compression of another package: " + name
		}
	}
	for _, tag := range []string{"$tuple", "$intkeys", "$set", "$uuid", "$decimal", "$bytes", "$date\"", "$time\""} {
		if strings.Contains(string(r.Input.Args)+string(r.Input.Kwargs), tag) {
			return "arguments that JSON text cannot hold"
		}
	}
	return ""
}
