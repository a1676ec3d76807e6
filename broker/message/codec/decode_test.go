package codec_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message/codec"
)

// What Python's msgpack and yaml write for an answer of a worker, and what is none.
func TestDecode(t *testing.T) {
	t.Parallel()
	const want = `{"celery@a":["proj.add",{"name":"q"}]}`
	for kind, body := range map[string]string{
		"application/x-msgpack": "\x81\xa8celery@a\x92\xa8proj.add\x81\xa4name\xa1q",
		"application/x-yaml":    "celery@a:\n- proj.add\n- name: q\n",
	} {
		got, err := codec.Decode(kind, []byte(body))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", kind, got, err, want)
		}
	}
	for kind, body := range map[string]string{
		"application/x-msgpack": "\x92\xa8proj", "application/x-yaml": "a: [", "application/data": "x", "application/x-python-serialize": "",
	} {
		if got, err := codec.Decode(kind, []byte(body)); err == nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: got %s, %v, want an error that names it", kind, got, err)
		}
	}
	if got, err := codec.Decode("application/x-yaml", []byte("{[1]: 2}")); err == nil {
		t.Errorf("a key that JSON cannot have: got %s", got)
	}
}
