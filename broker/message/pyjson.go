package message

import (
	"bytes"
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
	r := rewriter{src: text, dst: dst, limits: limits}
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
	repeats int
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
	keys := keyIndex{start: len(r.dst)}
	r.dst = append(r.dst, '{')
	if r.next() == '}' {
		r.pos++
		r.dst = append(r.dst, '}')
		return nil
	}
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
			return nil
		default:
			return r.fail("expected , or }")
		}
	}
}

func (r *rewriter) member(depth int, keys *keyIndex) error {
	end := len(r.dst) // of the object so far
	if keys.count > 0 {
		r.dst = append(r.dst, ", "...)
	}
	key := len(r.dst)
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
	value := len(r.dst)
	if err := r.value(depth); err != nil {
		return err
	}
	keys.index(r.dst[:end])
	from, to := keys.find(r.dst[:end], r.dst[key:value-2])
	if from == 0 {
		keys.add(key, r.dst[key:value-2])
		return nil
	}
	if r.repeats++; r.repeats > maxRepeats {
		return r.fail(fmt.Sprintf("more than %d repeated keys", maxRepeats))
	}
	// The value moves to the first place of its key.
	moved := slices.Clone(r.dst[value:])
	r.dst = slices.Replace(r.dst[:end], from, to, moved...)
	keys.shift(from, len(moved)-(to-from))
	return nil
}

// maxRepeats bounds the repeated keys of a text: no sane one has many, and each costs a move of what follows.
const maxRepeats = 100

// keyIndex finds repeated keys of one object. Equal keys have equal text in Python's form.
type keyIndex struct {
	start int           // of the object in what was written
	count int           // of different keys
	at    [manyKeys]int // where the first keys stand
	seen  map[string]bool
}

// manyKeys is how many keys are compared one by one; more would take quadratic time.
const manyKeys = 16

// find returns where the value of that key stands in what was written, 0 if it is not there.
func (k *keyIndex) find(written, key []byte) (from, to int) {
	if k.seen == nil {
		for _, at := range k.at[:k.count] {
			if bytes.HasPrefix(written[at:], key) {
				from = at + len(key) + len(": ")
				return from, skipValue(written, from)
			}
		}
		return 0, 0
	}
	if !k.seen[string(key)] {
		return 0, 0
	}
	for i := k.start + 1; i < len(written); i = to + len(", ") {
		end := skipString(written, i)
		from = end + len(": ")
		to = skipValue(written, from)
		if string(written[i:end]) == string(key) {
			return from, to
		}
	}
	return 0, 0
}

// add notes a key that is new.
func (k *keyIndex) add(at int, key []byte) {
	if k.count < manyKeys {
		k.at[k.count] = at
	}
	k.count++
	if k.seen != nil {
		k.seen[string(key)] = true
	}
}

// index goes over to a map when the object has many keys.
func (k *keyIndex) index(written []byte) {
	if k.count != manyKeys || k.seen != nil {
		return
	}
	k.seen = make(map[string]bool, 4*manyKeys)
	for _, at := range k.at {
		k.seen[string(written[at:skipString(written, at)])] = true
	}
}

// shift moves the keys after a value that changed its length.
func (k *keyIndex) shift(after, by int) {
	for i := range k.at[:min(k.count, manyKeys)] {
		if k.at[i] > after {
			k.at[i] += by
		}
	}
}
