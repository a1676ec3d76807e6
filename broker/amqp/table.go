package amqp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/gobeat/gobeat/broker/message"
)

// appendTable appends the fields with the length in front of them. Their order is kept. An error begins with the name of
// the field.
func appendTable(dst []byte, fields []message.Header) (out []byte, err error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for _, f := range fields {
		if dst, err = appendShort(dst, f.Key); err != nil {
			return nil, fmt.Errorf("%.80q: its name %w", f.Key, err)
		}
		if dst, err = appendField(dst, f.Value); err != nil {
			return nil, fmt.Errorf("%.80q: %w", f.Key, err)
		}
	}
	return setLength(dst, start), nil
}

// setLength fills in the length of what was appended behind four octets.
func setLength(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// appendShort appends a text with its length in one octet.
func appendShort(dst []byte, s string) ([]byte, error) {
	if len(s) > 255 {
		return nil, errors.New("is longer than 255 bytes")
	}
	return append(append(dst, byte(len(s))), s...), nil
}

// appendField appends JSON text, also Python's NaN and Infinity, as py-amqp sends the value: a letter for its kind and
// bytes behind it.
//
//	S string   t bool   I integer that fits in 32 bits (but not the smallest)   L other integer
//	d float    V null   A list                                               F table
func appendField(dst []byte, raw json.RawMessage) ([]byte, error) {
	text := bytes.TrimSpace(raw)
	if len(text) == 0 {
		return nil, errors.New("it has no value")
	}
	switch text[0] {
	case 'n':
		return append(dst, 'V'), nil
	case 't':
		return append(dst, 't', 1), nil
	case 'f':
		return append(dst, 't', 0), nil
	case '"':
		return appendText(dst, text)
	case '[':
		return appendList(dst, text)
	case '{':
		members, err := objectMembers(text)
		if err != nil {
			return nil, err
		}
		return appendTable(append(dst, 'F'), members)
	}
	return appendNumber(dst, text)
}

func appendText(dst, text []byte) ([]byte, error) {
	if len(text) < 2 || text[len(text)-1] != '"' {
		return nil, errors.New("read text: it has no end")
	}
	dst = append(dst, 'S', 0, 0, 0, 0)
	start := len(dst) - 4
	if bytes.IndexByte(text, '\\') < 0 {
		return setLength(append(dst, text[1:len(text)-1]...), start), nil
	}
	var plain string
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, fmt.Errorf("read text: %w", err)
	}
	return setLength(append(dst, plain...), start), nil
}

func appendNumber(dst, text []byte) ([]byte, error) {
	if !bytes.ContainsAny(text, ".eEnN") { // no float, no NaN, no Infinity
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%.40s is no integer of 64 bits", text)
		}
		if n > -math.MaxInt32-1 && n <= math.MaxInt32 {
			return binary.BigEndian.AppendUint32(append(dst, 'I'), uint32(int32(n))), nil
		}
		return binary.BigEndian.AppendUint64(append(dst, 'L'), uint64(n)), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(f, 0) { // 1e999 is infinite in Python as well
		return nil, fmt.Errorf("%.40s is no number", text)
	}
	return binary.BigEndian.AppendUint64(append(dst, 'd'), math.Float64bits(f)), nil
}

func appendList(dst, text []byte) (out []byte, err error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	dst = append(dst, 'A', 0, 0, 0, 0)
	start := len(dst) - 4
	for _, element := range elements {
		if dst, err = appendField(dst, element); err != nil {
			return nil, err
		}
	}
	return setLength(dst, start), nil
}

// objectMembers returns the members of an object in order.
func objectMembers(text []byte) ([]message.Header, error) {
	d := json.NewDecoder(bytes.NewReader(text))
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
