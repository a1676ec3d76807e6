package message

import (
	"encoding/json"
	"errors"
	"strconv"
)

// draft is a message in the making. All its texts share one buffer, so that it is allocated once.
type draft struct {
	buf          []byte
	headers      []Header
	args, kwargs []byte // in Python's form
	body         []byte // JSON text

	argsrepr, kwargsrepr json.RawMessage // the same two for people, quoted
}

func newDraft(t *Task, o *Options, s *Stamp) draft {
	const protocol = 20 // headers, with compression
	n := 256 + 4*(len(t.Args)+len(t.Kwargs)) + len(t.Name) + 2*len(s.ID)
	for i := range s.Headers {
		n += len(s.Headers[i].Value) + 8
	}
	user := len(s.Headers)
	if len(o.Headers) > 0 {
		user += 8
	}
	return draft{buf: make([]byte, 0, n), headers: make([]Header, 0, protocol+user)}
}

// since returns what was written after start. It stays as it is when more is written.
func (d *draft) since(start int) []byte { return d.buf[start:len(d.buf):len(d.buf)] }

// arguments writes args and kwargs in Python's form to the start of the buffer, as the body of protocol 2 has them.
func (d *draft) arguments(t *Task, limits Limits) error {
	d.buf = append(d.buf, '[')
	var err error
	if d.args, err = d.argument(t.Args, "[]", t.ready, limits); err != nil {
		return fieldError("args", err)
	}
	d.buf = append(d.buf, ", "...)
	if d.kwargs, err = d.argument(t.Kwargs, "{}", t.ready, limits); err != nil {
		return fieldError("kwargs", err)
	}
	return nil
}

func (d *draft) argument(text json.RawMessage, empty string, ready bool, limits Limits) ([]byte, error) {
	start := len(d.buf)
	switch {
	case ready && len(text) > 0:
		d.buf = append(d.buf, text...)
		return d.since(start), nil
	case absent(text):
		d.buf = append(d.buf, empty...)
		return d.since(start), nil
	}
	var err error
	if d.buf, err = AppendPythonJSON(d.buf, text, limits); err != nil {
		return nil, err
	}
	switch {
	case d.buf[start] == empty[0]:
		return d.since(start), nil
	case empty == "[]":
		return nil, errors.New("is not a JSON array")
	}
	return nil, errors.New("is not a JSON object")
}

// member writes a member of an object: what stands before its value, and the value as JSON text.
func (d *draft) member(key string, value []byte) {
	d.buf = append(append(d.buf, key...), value...)
}

// textMember writes a member that is null when it is empty.
func (d *draft) textMember(key, value string) {
	d.buf = append(d.buf, key...)
	if value == "" {
		d.raw(nil)
		return
	}
	d.buf = appendQuoted(d.buf, value)
}

func (d *draft) intMember(key string, n int64) {
	d.buf = strconv.AppendInt(append(d.buf, key...), n, 10)
}
