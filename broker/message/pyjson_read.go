package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions of this file read text that AppendPythonJSON wrote, and trust it.

// MergeObjects lays the members of the JSON object over on top of those of base, as dict.update does: a key of both
// keeps its place and takes the later value. The result is in Python's form. Either may be empty.
func MergeObjects(base, over json.RawMessage) (json.RawMessage, error) {
	a, err := object(base, Limits{})
	if err != nil {
		return nil, err
	}
	b, err := object(over, Limits{})
	if err != nil {
		return nil, err
	}
	if len(a) == len("{}") {
		return b, nil
	}
	if len(b) == len("{}") {
		return a, nil
	}
	// A repeated key is what the rewriter settles in just this way.
	both := append(append(a[:len(a)-1], ", "...), b[1:]...)
	return AppendPythonJSON(nil, both, Limits{Bytes: len(both)})
}

// object returns text in Python's form if it is an object, and {} if there is none.
func object(text json.RawMessage, limits Limits) ([]byte, error) {
	if absent(text) {
		return []byte("{}"), nil
	}
	out, err := AppendPythonJSON(make([]byte, 0, len(text)+len(text)/4), text, limits)
	if err != nil {
		return nil, err
	}
	if out[0] != '{' {
		return nil, errors.New("is not a JSON object")
	}
	return out, nil
}

// absent tells whether a column holds nothing: no text, blank text or null.
func absent(text json.RawMessage) bool {
	text = bytes.TrimSpace(text)
	return len(text) == 0 || string(text) == "null"
}

// Members yields keys and values of a JSON object in their order. It trusts text to be in Python's form.
func Members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for i := 1; object[i] != '}'; {
			end := skipValue(object, i)
			key := Unquote(object[i:end])
			start := end + len(": ")
			i = skipValue(object, start)
			if !yield(key, object[start:i:i]) {
				return
			}
			if object[i] == ',' {
				i += len(", ")
			}
		}
	}
}

// Elements yields the values of a JSON array in their order. It trusts text to be in Python's form.
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := 1; array[i] != ']'; {
			start := i
			i = skipValue(array, start)
			if !yield(array[start:i:i]) {
				return
			}
			if array[i] == ',' {
				i += len(", ")
			}
		}
	}
}

// skipValue returns the index after the value that starts at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = skipString(text, i) - 1
			if depth == 0 {
				return i + 1
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return i // of the container around a number or word
			}
			if depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// Unquote returns the value of a JSON string. It trusts text to be in Python's form. A surrogate without its partner
// becomes U+FFFD.
func Unquote(text []byte) string {
	text = text[1 : len(text)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		u, n := decodeRune(text[i:])
		b.WriteRune(u)
		i += n
	}
	return b.String()
}

// decodeRune returns the first character of the inside of a string and the number of bytes it takes there.
func decodeRune(s []byte) (rune, int) {
	if s[0] != '\\' {
		return rune(s[0]), 1
	}
	switch s[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
	default:
		return rune(s[1]), 2
	}
	u := unit(s)
	if !utf16.IsSurrogate(u) {
		return u, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(u, unit(s[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}
