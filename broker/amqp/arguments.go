package amqp

import (
	"encoding/binary"
	"errors"
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
		f, err := parseField(a.Value)
		if err == nil {
			out[a.Key], err = f.value()
		}
		if err != nil {
			return nil, fmt.Errorf("queue argument %.80q: %w", a.Key, err)
		}
	}
	return out, nil
}

// value returns a field as the client library takes it.
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
	return nil, errors.New("lists and objects are not supported")
}
