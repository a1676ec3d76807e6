package message

import (
	"encoding/json"
	"fmt"
	"slices"
)

// AppendPythonJSON appends text as Python writes it after json.loads: separators with a space, all but printable
// ASCII escaped, floats in their shortest form with a point, big integers exact, keys in their order, a repeated key
// at its first place with its last value; NaN and Infinity pass. The error says where the text is wrong or which
// limit it breaks; dst is then returned unchanged.
func AppendPythonJSON(dst []byte, text json.RawMessage, limits Limits) ([]byte, error) {
	limits = limits.orDefault()
	if len(text) > limits.Bytes {
		return dst, fmt.Errorf("has %d bytes, more than %d", len(text), limits.Bytes)
	}
	var room [16]member
	r := rewriter{src: text, dst: dst, limits: limits, members: room[:0]}
	err := r.value(0)
	if err == nil {
		r.space()
		if r.pos < len(r.src) {
			err = r.fail("text after the end of the value")
		}
	}
	if err != nil {
		return dst, err
	}
	return r.dst, nil
}

// A syntaxError says where JSON text stops being what it should be. It never quotes the text, which may hold
// personal data.
type syntaxError struct {
	offset  int
	problem string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("is not usable JSON at byte %d: %s", e.offset, e.problem)
}

// rewriter copies JSON text from src to dst in Python's form.
type rewriter struct {
	src     []byte
	pos     int
	dst     []byte
	limits  Limits
	nodes   int
	members []member // of all open objects, outermost first
}

// member is one key and value of an open object, as offsets in dst: key from key to value-2, value from value to end.
type member struct {
	key, value, end int
}

func (r *rewriter) fail(problem string) error {
	return &syntaxError{offset: r.pos, problem: problem}
}

func (r *rewriter) space() {
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// next returns the next byte that is not space, or 0 at the end. It does not move past it.
func (r *rewriter) next() byte {
	r.space()
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

func (r *rewriter) value(depth int) error {
	if r.nodes++; r.nodes > r.limits.Nodes {
		return r.fail(fmt.Sprintf("more than %d values", r.limits.Nodes))
	}
	c := r.next()
	switch {
	case c == '"':
		return r.text()
	case c == '[' || c == '{':
		if depth++; depth > r.limits.Depth {
			return r.fail(fmt.Sprintf("nested more than %d deep", r.limits.Depth))
		}
		r.pos++
		if c == '[' {
			return r.array(depth)
		}
		return r.object(depth)
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	case r.pos >= len(r.src):
		return r.fail("ends before a value")
	}
	return r.word()
}

func (r *rewriter) word() error {
	for _, w := range [...]string{"null", "true", "false", "NaN", "Infinity"} {
		if r.literal(w) {
			r.dst = append(r.dst, w...)
			return nil
		}
	}
	return r.fail("expected a value")
}

func (r *rewriter) literal(w string) bool {
	if len(r.src)-r.pos < len(w) || string(r.src[r.pos:r.pos+len(w)]) != w {
		return false
	}
	r.pos += len(w)
	return true
}

func (r *rewriter) array(depth int) error {
	r.dst = append(r.dst, '[')
	if r.next() == ']' {
		r.pos++
		r.dst = append(r.dst, ']')
		return nil
	}
	for {
		if err := r.value(depth); err != nil {
			return err
		}
		switch r.next() {
		case ',':
			r.pos++
			r.dst = append(r.dst, ", "...)
		case ']':
			r.pos++
			r.dst = append(r.dst, ']')
			return nil
		default:
			return r.fail("expected , or ]")
		}
	}
}

func (r *rewriter) object(depth int) error {
	r.dst = append(r.dst, '{')
	if r.next() == '}' {
		r.pos++
		r.dst = append(r.dst, '}')
		return nil
	}
	keys := keyIndex{base: len(r.members)}
	for {
		if err := r.member(depth, &keys); err != nil {
			return err
		}
		switch r.next() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			r.dst = append(r.dst, '}')
			r.members = r.members[:keys.base]
			return nil
		default:
			return r.fail("expected , or }")
		}
	}
}

func (r *rewriter) member(depth int, keys *keyIndex) error {
	mark := len(r.dst)
	if len(r.members) > keys.base {
		r.dst = append(r.dst, ", "...)
	}
	m := member{key: len(r.dst)}
	if r.next() != '"' {
		return r.fail("expected a key in double quotes")
	}
	if err := r.text(); err != nil {
		return err
	}
	if r.next() != ':' {
		return r.fail("expected :")
	}
	r.pos++
	r.dst = append(r.dst, ": "...)
	m.value = len(r.dst)
	if err := r.value(depth); err != nil {
		return err
	}
	m.end = len(r.dst)
	if at := keys.find(r, m); at >= 0 {
		r.replace(at, mark, m)
		return nil
	}
	r.members = append(r.members, m)
	return nil
}

// replace moves the value of m, the last thing written, to the earlier member with the same key.
func (r *rewriter) replace(at, mark int, m member) {
	value := slices.Clone(r.dst[m.value:m.end])
	old := &r.members[at]
	shift := len(value) - (old.end - old.value)
	r.dst = slices.Replace(r.dst[:mark], old.value, old.end, value...)
	old.end += shift
	for i := at + 1; i < len(r.members); i++ {
		r.members[i].key += shift
		r.members[i].value += shift
		r.members[i].end += shift
	}
}

// keyIndex finds repeated keys of one object. Equal keys have equal text in Python's form.
type keyIndex struct {
	base int            // of the object in rewriter.members
	seen map[string]int // only for objects with many keys, which must not take quadratic time
}

const manyKeys = 16

// find returns the position of the earlier member with the key of m, or -1.
func (k *keyIndex) find(r *rewriter, m member) int {
	key := r.dst[m.key : m.value-2]
	open := r.members[k.base:]
	if len(open) < manyKeys {
		for i, o := range open {
			if string(r.dst[o.key:o.value-2]) == string(key) {
				return k.base + i
			}
		}
		return -1
	}
	if k.seen == nil {
		k.seen = make(map[string]int, 4*manyKeys)
		for i, o := range open {
			k.seen[string(r.dst[o.key:o.value-2])] = k.base + i
		}
	}
	if at, ok := k.seen[string(key)]; ok {
		return at
	}
	k.seen[string(key)] = len(r.members)
	return -1
}
