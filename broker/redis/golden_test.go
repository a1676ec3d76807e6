package redis_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
)

// recording is what Celery sent in one case.
type recording struct {
	Case     string `json:"case"`
	Producer struct {
		Celery string `json:"celery"`
	} `json:"producer"`
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

func (r *recording) name() string { return r.Case + " of Celery " + r.Producer.Celery }

func recordings(t *testing.T) []recording {
	t.Helper()
	texts := brokertest.Recordings(t, "redis")
	out := make([]recording, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// steps returns the recorded commands without those by which kombu only asks for the size of a queue.
func (r *recording) steps() [][]string {
	var out [][]string
	for _, c := range r.Commands {
		if c[0] != "MULTI" && c[0] != "LLEN" && c[0] != "EXEC" {
			out = append(out, c)
		}
	}
	return out
}

func (r *recording) config(t *testing.T) redis.Config {
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
		case "queue_order_strategy": // of consumers
		default:
			t.Fatalf("unknown option %s", name)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return c
}

// A sent message is what a publisher is given in place of Celery.
type sent struct {
	env  message.Envelope
	tag  string
	lost bool // Celery looked for queues, found none and dropped it, so that the recording does not show its text
}

// messages makes the messages again of which the recording shows the texts, with the queues of which it shows the bindings.
// There are none when Celery could not build them.
func (r *recording) messages(t *testing.T, c redis.Config) []sent {
	t.Helper()
	var out []sent
	var queue *message.Queue
	looked := ""
	last := []string{"", "", ""}
	for _, command := range r.steps() {
		switch command[0] {
		case "SADD":
			queue = r.queue(command, c)
		case "SMEMBERS":
			looked = strings.TrimPrefix(command[1], c.KeyPrefix+"_kombu.binding.")
		case "LPUSH", "PUBLISH":
			copied := command[2] == last[2] && command[1] != last[1]
			if last = command; copied {
				continue // for another queue
			}
			var m sent
			m.tag = readEnvelope(t, command[2], &m.env)
			if isEvent(command[1]) {
				m.env.ExchangeType = "fanout"
				out[len(out)-1].env.Event = &m.env
				continue
			}
			if m.env.Declare = queue; command[0] == "PUBLISH" {
				m.env.Declare.ExchangeType = "fanout"
			}
			out = append(out, m)
		}
	}
	if len(out) == 0 && looked != "" {
		m := sent{env: brokertest.Envelope("unused", 1), lost: true}
		m.env.Exchange, m.env.RoutingKey, m.env.Declare = looked, "no.queue.has.this", queue
		out = append(out, m)
	}
	return out
}

func isEvent(channel string) bool { return strings.HasSuffix(channel, "/task.sent") }

// queue reads a binding. What the recording does not show of it stands in the settings of the case.
func (r *recording) queue(command []string, c redis.Config) *message.Queue {
	sep := c.Sep
	if sep == "" {
		sep = "\x06\x16"
	}
	part := strings.Split(command[2], sep)
	exchange := strings.TrimPrefix(command[1], c.KeyPrefix+"_kombu.binding.")
	q := &message.Queue{Name: part[2], Exchange: exchange, RoutingKey: part[0], ExchangeType: "direct"}
	if part[1] != "" {
		q.ExchangeType = "topic"
	}
	if r.Case == "three-in-a-row-expiring-queue" {
		q.Arguments = []message.Header{{Key: "x-expires", Value: json.RawMessage("60000")}}
	}
	return q
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
	env.Headers = brokertest.Members(t, outer.Headers)
	encoding := ""
	var info struct {
		Exchange   string `json:"exchange"`
		RoutingKey string `json:"routing_key"`
	}
	for _, m := range brokertest.Members(t, outer.Properties) {
		into := map[string]any{
			"correlation_id": &env.CorrelationID, "reply_to": &env.ReplyTo, "delivery_mode": &env.DeliveryMode,
			"expiration": &env.Expiration, "priority": &env.Priority, "delivery_tag": &tag, "body_encoding": &encoding,
			"delivery_info": &info,
		}[m.Key]
		if into == nil {
			env.Properties = append(env.Properties, m)
			continue
		}
		if err := json.Unmarshal(m.Value, into); err != nil {
			t.Fatalf("%s: %v", m.Key, err)
		}
	}
	env.Exchange, env.RoutingKey = info.Exchange, info.RoutingKey
	env.Body = []byte(outer.Body)
	if encoding == "base64" {
		body, err := base64.StdEncoding.DecodeString(outer.Body)
		if err != nil {
			t.Fatal(err)
		}
		env.Body = body
	}
	return tag
}

// TestCommandsAsCelery compares what Commands shows of the first message of each case.
func TestCommandsAsCelery(t *testing.T) {
	t.Parallel()
	all, same, without, byServer := 0, 0, 0, 0
	for _, r := range recordings(t) {
		t.Run(r.name(), func(t *testing.T) {
			all++
			c := r.config(t)
			sent := r.messages(t, c)
			switch {
			case len(sent) == 0:
				without++ // Celery could not build it, and no publisher is given such a message
				return
			case len(r.Input.Before) > 0:
				byServer++ // bindings of others decide, which only the other test knows
				return
			}
			want := slices.DeleteFunc(r.steps(), func(c []string) bool { return isEvent(c[1]) })
			want = slices.CompactFunc(want, slices.Equal[[]string]) // some cases send the message three times
			if diff := cmp.Diff(want, redis.Commands(c, sent[0].env, sent[0].tag)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
				return
			}
			same++
		})
	}
	t.Logf("redis in memory: %d cases, %d equal, %d without a message, %d left to the wire, %d different",
		all, same, without, byServer, all-same-without-byServer)
	if same < 156 {
		t.Errorf("only %d cases are equal, want 156", same)
	}
}
