package amqp

import (
	"encoding/binary"
	"fmt"
	"math"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// tableOf turns arguments of a queue into the client library's form, and tells their kinds.
func tableOf(arguments []message.Header) (table amqp091.Table, kinds map[string]any, err error) {
	if len(arguments) == 0 {
		return nil, nil, nil
	}
	encoded, err := appendTable(nil, arguments)
	if err != nil {
		return nil, nil, fmt.Errorf("queue argument %w", err)
	}
	table, kinds, _ = readTable(encoded)
	return table, kinds, nil
}

// readTable reads what appendTable wrote: values as the client library takes them, and kinds as the recordings show them.
func readTable(b []byte) (table amqp091.Table, kinds map[string]any, rest []byte) {
	table, kinds = amqp091.Table{}, map[string]any{}
	content, rest := cutLong(b)
	for len(content) > 0 {
		name := string(content[1 : 1+int(content[0])])
		table[name], kinds[name], content = readField(content[1+len(name):])
	}
	return table, kinds, rest
}

// readField reads what appendField wrote. Its kind is a letter, {"A": […]} or {"F": {…}}.
func readField(b []byte) (value, kind any, rest []byte) {
	letter, b := b[0], b[1:]
	kind = string(letter)
	switch letter {
	case 't':
		return b[0] == 1, kind, b[1:]
	case 'I':
		return int32(binary.BigEndian.Uint32(b)), kind, b[4:]
	case 'L':
		return int64(binary.BigEndian.Uint64(b)), kind, b[8:]
	case 'd':
		return math.Float64frombits(binary.BigEndian.Uint64(b)), kind, b[8:]
	case 'S':
		text, rest := cutLong(b)
		return string(text), kind, rest
	case 'F':
		table, kinds, rest := readTable(b)
		return table, map[string]any{"F": kinds}, rest
	case 'A':
		values, kinds := []any{}, []any{}
		content, rest := cutLong(b)
		for len(content) > 0 {
			value, kind, content = readField(content)
			values, kinds = append(values, value), append(kinds, kind)
		}
		return values, map[string]any{"A": kinds}, rest
	}
	return nil, kind, b // V
}
