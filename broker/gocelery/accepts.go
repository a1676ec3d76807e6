package gocelery

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"

	lib "github.com/gocelery/gocelery"

	"github.com/gobeat/gobeat/broker/message"
)

// Accepts tells whether the broker can carry a message as it is. The error is a *CarryError.
func (p *Publisher) Accepts(env *message.Envelope) error {
	if err := p.acceptsRoute(env); err != nil {
		return err
	}
	if env.ContentType != "application/json" || env.ContentEncoding != "utf-8" {
		return &CarryError{"serializer", env.ContentType, "is not json"}
	}
	if bytes.HasPrefix(env.Body, []byte("[")) { // protocol 1 has an object
		return &CarryError{"task_protocol", "2", "is not 1"}
	}
	if len(env.Headers) > 0 {
		return &CarryError{"headers", env.Headers[0].Key, "is not carried; messages must be without headers"}
	}
	var body fields
	if err := json.Unmarshal(env.Body, &body); err != nil {
		return &CarryError{"serializer", env.ContentType, "is not json: " + err.Error()}
	}
	if env.Expiration != "" && isNull(body["expires"]) {
		return &CarryError{"expiration", env.Expiration, "is carried as expires only"}
	}
	if p.asIs {
		return nil
	}
	return body.survive(env.Body)
}

func (p *Publisher) acceptsRoute(env *message.Envelope) error {
	switch q := env.Declare; {
	case env.Priority != 0:
		return &CarryError{"priority", strconv.Itoa(env.Priority), "is not 0"}
	case env.Exchange != "":
		return &CarryError{"exchange", env.Exchange, "is not the default exchange"}
	case env.RoutingKey != p.queue:
		return &CarryError{"queue", env.RoutingKey, "is not the queue of the broker, " + strconv.Quote(p.queue)}
	case q != nil && len(q.Arguments) > 0:
		return &CarryError{"queue_arguments", q.Arguments[0].Key, "is not declared by gocelery"}
	case env.DeliveryMode != message.Persistent:
		return &CarryError{"delivery_mode", strconv.Itoa(int(env.DeliveryMode)), "is not 2, persistent"}
	case len(env.Properties) > 0:
		return &CarryError{"options", env.Properties[0].Key, "is a property, of which gocelery carries none"}
	case env.Mandatory:
		return &CarryError{"mandatory", "true", "is not known to gocelery"}
	}
	return nil
}

// fields are those of a body of protocol 1.
type fields map[string]json.RawMessage

// survive tells whether a body comes through a broker that reads it and writes it anew, as the library's for RabbitMQ
// does with the seven fields that it knows.
func (f fields) survive(body []byte) error {
	for _, dropped := range []struct{ field, option string }{
		{"callbacks", "link"},
		{"errbacks", "link_error"},
		{"chord", "chord"},
		{"group", "group_id"},
		{"group_index", "group_index"},
	} {
		if !isNull(f[dropped.field]) {
			return &CarryError{dropped.option, "", "is dropped by gocelery"}
		}
	}
	if string(f["timelimit"]) != "[null, null]" {
		return &CarryError{"time_limit", string(f["timelimit"]), "is dropped by gocelery"}
	}
	task, err := lib.DecodeTaskMessage(base64.StdEncoding.EncodeToString(body))
	if err != nil {
		return &CarryError{"expires", string(f["expires"]), "cannot be read by gocelery: it needs a time with an offset"}
	}
	for name, read := range map[string]any{"args": task.Args, "kwargs": task.Kwargs} {
		again, err := json.Marshal(read)
		if err != nil || !reflect.DeepEqual(values(again), values(f[name])) {
			return &CarryError{name, "", "hold a number that gocelery changes"}
		}
	}
	return nil
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// values returns what JSON text says, with the texts of numbers.
func values(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	return v
}
