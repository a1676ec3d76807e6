package amqp

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// tableOf turns arguments of a queue into the client library's form.
func tableOf(arguments []message.Header) (amqp091.Table, error) {
	if len(arguments) == 0 {
		return nil, nil
	}
	out := amqp091.Table{}
	for _, a := range arguments {
		var err error
		if out[a.Key], err = valueOf(a.Value); err != nil {
			return nil, fmt.Errorf("queue argument %.80q: %w", a.Key, err)
		}
	}
	return out, nil
}

// valueOf returns JSON text as the client library takes it.
func valueOf(raw json.RawMessage) (any, error) {
	f, err := parseField(raw)
	if err != nil {
		return nil, err
	}
	switch f.kind {
	case 'A':
		return listOf(raw)
	case 'F':
		members, err := objectMembers(raw)
		if err != nil || len(members) == 0 {
			return amqp091.Table{}, err
		}
		return tableOf(members)
	}
	return f.value()
}

func listOf(raw json.RawMessage) (out []any, err error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	out = make([]any, len(elements))
	for i, element := range elements {
		if out[i], err = valueOf(element); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// value returns a field that holds no others.
func (f field) value() (any, error) {
	switch f.kind {
	case 'V':
		return nil, nil
	case 't':
		return f.bytes[0] == 1, nil
	case 'I':
		return int32(binary.BigEndian.Uint32(f.bytes)), nil
	case 'L':
		return int64(binary.BigEndian.Uint64(f.bytes)), nil
	case 'd':
		return math.Float64frombits(binary.BigEndian.Uint64(f.bytes)), nil
	case 'S':
		return string(f.bytes[4:]), nil
	}
	return nil, fmt.Errorf("kind %q is none of a plain value", f.kind) // parseField makes no such field
}
