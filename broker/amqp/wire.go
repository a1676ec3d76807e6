package amqp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gobeat/gobeat/broker/message"
)

// A Method is one AMQP method with its fields by name, as a packet trace shows it.
type Method map[string]any

// frameMax is the size of frames that Celery and RabbitMQ agree on, body frames lose eight bytes of it.
const frameMax = 131072

// Wire returns the methods that Celery would send for one message on a fresh channel: declarations, the message, and its
// event if it has one. The publisher sends the same, but always asks for messages back that no queue takes, and declares
// the exchange of events first.
func Wire(env message.Envelope) ([]Method, error) {
	publish, err := publishMethod(&env)
	if err != nil {
		return nil, err
	}
	var out []Method
	if env.Declare != nil {
		if out, err = declareMethods(env.Declare); err != nil {
			return nil, err
		}
	}
	out = append(out, publish)
	if env.Event == nil {
		return out, nil
	}
	event, err := publishMethod(env.Event)
	if err != nil {
		return nil, err
	}
	return append(out, declareExchangeMethod(env.Event.Exchange, env.Event.ExchangeType, true, false), event), nil
}

func publishMethod(env *message.Envelope) (Method, error) {
	if _, err := appendContentHeader(nil, env); err != nil {
		return nil, err
	}
	table, err := appendTable(nil, env.Headers)
	if err != nil {
		return nil, err
	}
	_, kinds, _ := readTable(table)
	headers := make(map[string]json.RawMessage, len(env.Headers))
	for _, h := range env.Headers {
		headers[h.Key] = h.Value
	}
	publish := Method{
		"method": "basic.publish", "exchange": env.Exchange, "routing_key": env.RoutingKey,
		"mandatory": env.Mandatory, "immediate": false,
		"properties": showProperties(env), "headers": headers, "header_types": kinds,
		"body_size": len(env.Body), "body": showBody(env.Body),
	}
	if frames := (len(env.Body) + frameMax - 9) / (frameMax - 8); frames > 1 {
		publish["frames"] = frames
	}
	return publish, nil
}

// showProperties returns the properties of a message that can be sent, but its headers.
func showProperties(env *message.Envelope) map[string]any {
	out := map[string]any{
		"content_type": env.ContentType, "content_encoding": env.ContentEncoding, "delivery_mode": env.DeliveryMode,
		"priority": env.Priority,
	}
	for name, value := range map[string]string{
		"correlation_id": env.CorrelationID, "reply_to": env.ReplyTo, "expiration": env.Expiration,
	} {
		if value != "" {
			out[name] = value
		}
	}
	given, _ := namedProperties(env) // the error came when the message was encoded
	for name, value := range given {
		out[name] = value
	}
	if seconds, err := strconv.ParseUint(given["timestamp"], 10, 63); err == nil {
		out["timestamp"] = seconds
	}
	return out
}

func declareExchangeMethod(name, kind string, durable, autoDelete bool) Method {
	return Method{
		"method": "exchange.declare", "exchange": name, "type": kind, "passive": false,
		"durable": durable, "auto_delete": autoDelete, "internal": false, "nowait": false, "arguments": map[string]any{},
	}
}

// showBody returns a body as text, or in base64 when it is not printable.
func showBody(body []byte) map[string]string {
	printable := utf8.Valid(body) && strings.IndexFunc(string(body), func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n'
	}) < 0
	if printable {
		return map[string]string{"text": string(body)}
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(body)}
}

// declaresExchange tells whether a queue's exchange is declared: not the default one, nor those of the broker.
func declaresExchange(q *message.Queue) bool {
	return q.Exchange != "" && !strings.HasPrefix(q.Exchange, "amq.")
}

func declareMethods(q *message.Queue) ([]Method, error) {
	var out []Method
	if declaresExchange(q) {
		out = append(out, declareExchangeMethod(q.Exchange, q.ExchangeType, !q.ExchangeTransient, q.ExchangeAutoDelete))
	}
	arguments := map[string]json.RawMessage{}
	for _, a := range q.Arguments {
		arguments[a.Key] = a.Value
	}
	_, kinds, err := tableOf(q.Arguments)
	if err != nil {
		return nil, fmt.Errorf("queue %.80q: %w: %w", q.Name, err, errProperty)
	}
	declare := Method{
		"method": "queue.declare", "queue": q.Name, "passive": false, "durable": q.Durable, "exclusive": q.Exclusive,
		"auto_delete": q.AutoDelete, "nowait": false, "arguments": arguments,
	}
	if len(kinds) > 0 {
		declare["argument_types"] = kinds
	}
	out = append(out, declare)
	if q.Exchange != "" {
		out = append(out, Method{
			"method": "queue.bind", "queue": q.Name, "exchange": q.Exchange, "routing_key": q.RoutingKey,
			"nowait": false, "arguments": map[string]any{},
		})
	}
	return out, nil
}
