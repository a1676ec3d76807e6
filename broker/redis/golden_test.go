package redis_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
)

// recording is what Celery sent in one case.
type recording struct {
	Case  string `json:"case"`
	Input struct {
		Settings struct {
			Options map[string]json.RawMessage `json:"broker_transport_options"`
		} `json:"settings"`
		Before [][]string `json:"before"`
	} `json:"input"`
	Commands [][]string `json:"commands"`
	Keys     map[string]struct {
		Type     string   `json:"type"`
		Members  []string `json:"members"`
		Elements []struct {
			Raw string `json:"raw"`
		} `json:"elements"`
	} `json:"keys"`
	Result struct {
		OK bool `json:"ok"`
	} `json:"result"`
}

func recordings(t *testing.T) []recording {
	t.Helper()
	var out []recording
	if dir := os.Getenv("BEAT_GOLDEN"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "messages", "redis-*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("BEAT_GOLDEN has no messages/redis-*.json: %v", err)
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

// commands returns the recorded commands without those that have no effect.
func (r recording) commands() [][]string {
	var out [][]string
	for _, c := range r.Commands {
		if c[0] != "MULTI" && c[0] != "LLEN" && c[0] != "EXEC" {
			out = append(out, c)
		}
	}
	return out
}

func (r recording) config(t *testing.T) redis.Config {
	t.Helper()
	c := redis.Config{DB: 7}
	for name, value := range r.Input.Settings.Options {
		var err error
		switch name {
		case "global_keyprefix":
			err = json.Unmarshal(value, &c.KeyPrefix)
		case "sep":
			err = json.Unmarshal(value, &c.Sep)
		case "deadletter_queue":
			err = json.Unmarshal(value, &c.DeadLetterQueue)
		case "priority_steps":
			err = json.Unmarshal(value, &c.PrioritySteps)
		case "fanout_patterns":
			c.NoFanoutPatterns = string(value) == "false"
		case "fanout_prefix":
			if c.NoFanoutPrefix = string(value) == "false"; !c.NoFanoutPrefix {
				err = json.Unmarshal(value, &c.FanoutPrefix)
			}
		case "body_encoding":
			c.BodyUTF8 = true
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return c
}

// envelope makes the message again of which the recording shows the text, and the queue of which it shows the binding.
// There is none when nothing was pushed, or more than one message.
func (r recording) envelope(t *testing.T, c redis.Config) (env message.Envelope, tag string, ok bool) {
	t.Helper()
	texts := map[string]bool{}
	channel := ""
	for _, command := range r.commands() {
		switch command[0] {
		case "SADD":
			sep := c.Sep
			if sep == "" {
				sep = "\x06\x16"
			}
			part := strings.Split(command[2], sep)
			exchange := strings.TrimPrefix(command[1], c.KeyPrefix+"_kombu.binding.")
			env.Declare = &message.Queue{Name: part[2], Exchange: exchange, RoutingKey: part[0], ExchangeType: "direct"}
			if part[1] != "" {
				env.Declare.ExchangeType = "topic"
			}
		case "PUBLISH":
			channel = command[1]
			texts[command[2]] = true
		case "LPUSH":
			texts[command[2]] = true
		}
	}
	if len(texts) != 1 {
		return env, "", false
	}
	if channel != "" {
		env.Declare.ExchangeType = "fanout"
	}
	for text := range texts {
		tag = readEnvelope(t, text, &env)
	}
	return env, tag, true
}

func readEnvelope(t *testing.T, text string, env *message.Envelope) (tag string) {
	t.Helper()
	var outer struct {
		Body            string          `json:"body"`
		ContentType     string          `json:"content-type"`
		ContentEncoding string          `json:"content-encoding"`
		Headers         json.RawMessage `json:"headers"`
		Properties      json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal([]byte(text), &outer); err != nil {
		t.Fatal(err)
	}
	env.ContentType, env.ContentEncoding = outer.ContentType, outer.ContentEncoding
	env.Headers = members(t, outer.Headers)
	body, encoding := outer.Body, ""
	for _, m := range members(t, outer.Properties) {
		var info struct {
			Exchange   string `json:"exchange"`
			RoutingKey string `json:"routing_key"`
		}
		var err error
		switch m.Key {
		case "correlation_id":
			err = json.Unmarshal(m.Value, &env.CorrelationID)
		case "reply_to":
			err = json.Unmarshal(m.Value, &env.ReplyTo)
		case "delivery_mode":
			err = json.Unmarshal(m.Value, &env.DeliveryMode)
		case "expiration":
			err = json.Unmarshal(m.Value, &env.Expiration)
		case "priority":
			err = json.Unmarshal(m.Value, &env.Priority)
		case "delivery_tag":
			err = json.Unmarshal(m.Value, &tag)
		case "body_encoding":
			err = json.Unmarshal(m.Value, &encoding)
		case "delivery_info":
			err = json.Unmarshal(m.Value, &info)
			env.Exchange, env.RoutingKey = info.Exchange, info.RoutingKey
		default:
			env.Properties = append(env.Properties, m)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	env.Body = []byte(body)
	if encoding == "base64" {
		decoded, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			t.Fatal(err)
		}
		env.Body = decoded
	}
	return tag
}

// members returns the members of an object in order.
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

func TestCommandsAsCelery(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, r := range recordings(t) {
		c := r.config(t)
		env, tag, ok := r.envelope(t, c)
		if !ok || len(r.Input.Before) > 0 {
			continue // the state of the server decides, which only the other test knows
		}
		compared++
		t.Run(r.Case, func(t *testing.T) {
			want := slices.CompactFunc(r.commands(), slices.Equal[[]string]) // some cases send the message three times
			if diff := cmp.Diff(want, redis.Commands(c, env, tag)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if compared < 25 {
		t.Errorf("only %d recordings were compared", compared)
	}
}

// TestKeysAsCelery publishes each recorded message to a server in memory and compares what it then holds.
func TestKeysAsCelery(t *testing.T) {
	t.Parallel()
	tags := regexp.MustCompile(`"delivery_tag": "[^"]*"`)
	compared := 0
	for _, r := range recordings(t) {
		c := r.config(t)
		env, _, ok := r.envelope(t, c)
		if !ok || strings.HasPrefix(r.Case, "three-") || env.Declare != nil && env.Declare.ExchangeType == "fanout" {
			continue
		}
		compared++
		t.Run(r.Case, func(t *testing.T) {
			s := miniredis.RunT(t)
			db := client(t, "redis://"+s.Addr()+"/7")
			for _, command := range r.Input.Before {
				if err := db.SAdd(t.Context(), command[1], command[2]).Err(); err != nil {
					t.Fatal(err)
				}
			}
			p := open(t, "redis://"+s.Addr()+"/7", c)
			out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: []message.Envelope{env}})
			if err != nil || out[0].State != message.Confirmed {
				t.Fatalf("got %v and %v, want a confirmed message", out, err)
			}
			want, got := map[string][]string{}, map[string][]string{}
			for key, value := range r.Keys {
				want[key] = slices.Sorted(slices.Values(value.Members))
				for _, element := range value.Elements {
					want[key] = append(want[key], tags.ReplaceAllString(element.Raw, ""))
				}
			}
			for _, key := range s.DB(7).Keys() {
				switch kind := s.DB(7).Type(key); {
				case strings.HasPrefix(key, c.KeyPrefix+"_beat."): // ours
				case kind == "set":
					got[key], err = s.DB(7).Members(key)
				case kind == "list":
					got[key], err = s.DB(7).List(key)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, list := range got {
				for i := range list {
					list[i] = tags.ReplaceAllString(list[i], "")
				}
				if len(list) > 0 && !strings.HasPrefix(list[0], "{") {
					slices.Sort(list)
				}
			}
			maps.DeleteFunc(got, func(_ string, v []string) bool { return v == nil })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if compared < 20 {
		t.Errorf("only %d recordings were compared", compared)
	}
}
