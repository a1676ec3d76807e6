package codec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/gobeat/gobeat/broker/message"
)

// encodeMsgpack writes a body as Python's msgpack does: the smallest integers, floats of 64 bits, keys in their order.
func encodeMsgpack(body []byte) ([]byte, error) {
	if err := checkText(body); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(body))
	enc := msgpack.NewEncoder(&out)
	if err := packValue(enc, body); err != nil {
		return nil, fmt.Errorf("write msgpack: %w", err)
	}
	return out.Bytes(), nil
}

func packValue(enc *msgpack.Encoder, v []byte) error {
	switch v[0] {
	case '[':
		return packArray(enc, v)
	case '{':
		return packObject(enc, v)
	case '"':
		return enc.EncodeString(message.Unquote(v))
	case 'n':
		return enc.EncodeNil()
	case 't', 'f':
		return enc.EncodeBool(v[0] == 't')
	}
	return packNumber(enc, v)
}

func packArray(enc *msgpack.Encoder, v []byte) error {
	n := 0
	for range message.Elements(v) {
		n++
	}
	if err := enc.EncodeArrayLen(n); err != nil {
		return err
	}
	for e := range message.Elements(v) {
		if err := packValue(enc, e); err != nil {
			return err
		}
	}
	return nil
}

func packObject(enc *msgpack.Encoder, v []byte) error {
	n := 0
	for range message.Members(v) {
		n++
	}
	if err := enc.EncodeMapLen(n); err != nil {
		return err
	}
	for key, value := range message.Members(v) {
		if err := enc.EncodeString(key); err != nil {
			return err
		}
		if err := packValue(enc, value); err != nil {
			return err
		}
	}
	return nil
}

func packNumber(enc *msgpack.Encoder, v []byte) error {
	if isFloat(v) {
		f, err := parseFloat(v)
		if err != nil {
			return err
		}
		if math.IsNaN(f) {
			f = math.Float64frombits(0x7ff8 << 48) // Python's, which is not Go's
		}
		return enc.EncodeFloat64(f)
	}
	if v[0] == '-' {
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return errTooLarge
		}
		return enc.EncodeInt(n)
	}
	n, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil {
		return errTooLarge
	}
	return enc.EncodeUint(n)
}

var errTooLarge = errors.New("an integer does not fit into 64 bits")
