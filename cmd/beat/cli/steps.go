package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
)

// steps is what a transport does to publish one message, in the form of the recordings from Celery. One of the fields
// is set.
type steps struct {
	Wire     []amqp.Method `json:"wire,omitempty"`
	Commands [][]string    `json:"commands,omitempty"`
}

// stepsOf returns the steps of a driver for one message.
func stepsOf(driver string, env message.Envelope, transport redis.Config, deliveryTag string) (steps, error) {
	if driver == broker.DriverRedis {
		return steps{Commands: redis.Commands(transport, env, deliveryTag)}, nil
	}
	wire, err := amqp.Wire(env)
	if err != nil {
		return steps{}, fmt.Errorf("form the message for AMQP: %w", err)
	}
	return steps{Wire: wire}, nil
}

// lines says in a line for each step what it does, without the message itself.
func (s steps) lines() []string {
	var out []string
	for _, c := range s.Commands {
		words := slices.Clone(c)
		if n := len(words) - 1; words[0] == "LPUSH" || words[0] == "PUBLISH" {
			words[n] = "<message>"
		}
		for i, w := range words {
			if printable(w) != w {
				words[i] = strconv.Quote(w)
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	for _, m := range s.Wire {
		out = append(out, methodLine(m))
	}
	return out
}

// methodLine names a method with the arguments that say where it goes.
func methodLine(m amqp.Method) string {
	words := []string{fmt.Sprint(m["method"])}
	for _, name := range [...]string{"exchange", "type", "queue", "routing_key", "durable", "mandatory", "arguments"} {
		v, ok := m[name]
		if !ok || v == false || fmt.Sprint(v) == "map[]" {
			continue
		}
		text, err := marshal(v)
		if err != nil {
			continue
		}
		words = append(words, name+"="+string(text))
	}
	return strings.Join(words, " ")
}

// messageView is a message as people and programs see it.
type messageView struct {
	ID         string                     `json:"id"`
	Transport  string                     `json:"transport"`
	Exchange   string                     `json:"exchange"`
	RoutingKey string                     `json:"routing_key"`
	Declare    string                     `json:"declare,omitempty"` // queue
	Properties map[string]any             `json:"properties"`
	Headers    map[string]json.RawMessage `json:"headers"`
	Body       string                     `json:"body,omitempty"`
	BodyBytes  []byte                     `json:"body_base64,omitempty"` // in place of Body when that is not text
	steps

	order []message.Header
}

func newMessageView(driver string, env message.Envelope, s steps) messageView {
	v := messageView{
		ID: env.ID, Transport: driver, Exchange: env.Exchange, RoutingKey: env.RoutingKey, steps: s,
		Headers: make(map[string]json.RawMessage, len(env.Headers)), order: env.Headers,
		Properties: map[string]any{
			"content_type": env.ContentType, "content_encoding": env.ContentEncoding, "delivery_mode": env.DeliveryMode,
			"priority": env.Priority, "correlation_id": env.CorrelationID, "reply_to": env.ReplyTo,
		},
	}
	if env.Declare != nil {
		v.Declare = env.Declare.Name
	}
	if env.Expiration != "" {
		v.Properties["expiration"] = env.Expiration
	}
	for _, p := range env.Properties {
		v.Properties[p.Key] = p.Value
	}
	for _, h := range env.Headers {
		v.Headers[h.Key] = h.Value
	}
	if utf8.Valid(env.Body) {
		v.Body = string(env.Body)
	} else {
		v.BodyBytes = env.Body
	}
	return v
}
