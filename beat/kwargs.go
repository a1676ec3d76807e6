package beat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gobeat/gobeat/broker/message"
)

// mergeKwargs lays over on top of base, both JSON objects or empty. As in a Python dict update, a replaced key keeps
// its place and new ones follow.
func mergeKwargs(base, over json.RawMessage) (json.RawMessage, error) {
	if len(bytes.TrimSpace(over)) == 0 {
		return base, nil
	}
	low, err := members(base)
	if err != nil {
		return nil, &message.OptionError{Field: "kwargs", Value: string(base), Problem: "is not a JSON object"}
	}
	high, err := members(over)
	if err != nil {
		return nil, &message.OptionError{Field: "kwargs of the schedule", Value: string(over), Problem: "is not a JSON object"}
	}
	at := make(map[string]int, len(low))
	for i, m := range low {
		at[m.key] = i
	}
	for _, m := range high {
		if i, ok := at[m.key]; ok {
			low[i] = m
			continue
		}
		low = append(low, m)
	}
	return object(low), nil
}

type member struct {
	key   string
	value json.RawMessage
}

// members returns the members of a JSON object in order; an empty text is an empty object.
func members(text json.RawMessage) ([]member, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var out []member
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		m := member{key: key.(string)} // within an object the decoder yields nothing else here
		if err := dec.Decode(&m.value); err != nil {
			return nil, fmt.Errorf("read value of %q: %w", m.key, err)
		}
		out = append(out, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("read end of object: %w", err)
	}
	return out, nil
}

func object(members []member) json.RawMessage {
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ", "...)
		}
		key, err := json.Marshal(m.key)
		if err != nil { // a string always marshals
			continue
		}
		out = append(append(append(out, key...), ": "...), m.value...)
	}
	return append(out, '}')
}
