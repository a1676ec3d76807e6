package amqp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/broker/message"
)

// A field is a value of a table as py-amqp would send it: a kind letter and the bytes behind it.
//
//	S string   t bool   I integer that fits in 32 bits (but not the smallest)   L other integer
//	d float    V null   A list                                               F table
type field struct {
	kind  byte
	bytes []byte
	types any // what the recordings show: a letter, or {"A": […]}, {"F": {…}}
}

// appendTable appends the fields with the length in front of them. Their order is kept.
func appendTable(dst []byte, headers []message.Header) (out []byte, types map[string]any, err error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	types = make(map[string]any, len(headers))
	for _, h := range headers {
		f, err := parseField(h.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("header %.80q: %w", h.Key, err)
		}
		if dst, err = appendShort(dst, h.Key); err != nil {
			return nil, nil, fmt.Errorf("header %.80q: its name %w", h.Key, err)
		}
		dst = append(append(dst, f.kind), f.bytes...)
		types[h.Key] = f.types
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst, types, nil
}

// appendShort appends a text with its length in one octet.
func appendShort(dst []byte, s string) ([]byte, error) {
	if len(s) > 255 {
		return nil, errors.New("is longer than 255 bytes")
	}
	return append(append(dst, byte(len(s))), s...), nil
}

func appendLong(dst, b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(b))), b...)
}

// parseField turns JSON text, also Python's NaN and Infinity, into a field.
func parseField(raw json.RawMessage) (field, error) {
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return field{}, errors.New("it has no value")
	}
	switch text[0] {
	case 'n':
		return field{kind: 'V', types: "V"}, nil
	case 't':
		return field{kind: 't', bytes: []byte{1}, types: "t"}, nil
	case 'f':
		return field{kind: 't', bytes: []byte{0}, types: "t"}, nil
	case '"':
		return parseText(text)
	case '[':
		return parseList(raw)
	case '{':
		members, err := objectMembers(raw)
		if err != nil {
			return field{}, err
		}
		table, types, err := appendTable(nil, members)
		return field{kind: 'F', bytes: table, types: map[string]any{"F": types}}, err
	}
	return parseNumber(text)
}

func parseText(text string) (field, error) {
	if len(text) < 2 || text[len(text)-1] != '"' {
		return field{}, errors.New("read text: it has no end")
	}
	plain := text[1 : len(text)-1]
	if strings.IndexByte(text, '\\') >= 0 {
		if err := json.Unmarshal([]byte(text), &plain); err != nil {
			return field{}, fmt.Errorf("read text: %w", err)
		}
	}
	return field{kind: 'S', bytes: appendLong(nil, []byte(plain)), types: "S"}, nil
}

func parseNumber(text string) (field, error) {
	if !strings.ContainsAny(text, ".eEnN") { // no float, no NaN, no Infinity
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return field{}, fmt.Errorf("%.40s is no integer of 64 bits", text)
		}
		if n > -math.MaxInt32-1 && n <= math.MaxInt32 {
			return field{kind: 'I', bytes: binary.BigEndian.AppendUint32(nil, uint32(int32(n))), types: "I"}, nil
		}
		return field{kind: 'L', bytes: binary.BigEndian.AppendUint64(nil, uint64(n)), types: "L"}, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) { // 1e999 is infinite in Python as well
		return field{}, fmt.Errorf("%.40s is no number", text)
	}
	return field{kind: 'd', bytes: binary.BigEndian.AppendUint64(nil, math.Float64bits(f)), types: "d"}, nil
}

func parseList(raw json.RawMessage) (field, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return field{}, fmt.Errorf("read list: %w", err)
	}
	var content []byte
	types := make([]any, len(elements))
	for i, element := range elements {
		f, err := parseField(element)
		if err != nil {
			return field{}, err
		}
		content = append(append(content, f.kind), f.bytes...)
		types[i] = f.types
	}
	return field{kind: 'A', bytes: appendLong(nil, content), types: map[string]any{"A": types}}, nil
}

// objectMembers returns the members of an object in order.
func objectMembers(raw json.RawMessage) ([]message.Header, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	var out []message.Header
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		h := message.Header{}
		h.Key, _ = key.(string) // a decoder returns nothing else here
		if err := d.Decode(&h.Value); err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		out = append(out, h)
	}
	return out, nil
}
