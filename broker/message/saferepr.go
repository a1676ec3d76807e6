package message

import (
	"bytes"
	"unicode/utf8"
)

// Limits of Celery's argsrepr and kwargsrepr.
const (
	reprLength = 1024
	reprDepth  = 3
)

// repr writes a value as celery.utils.saferepr does: like Python's repr, but of limited length and depth. Celery
// writes token by token while budget is left; then it writes ", ...", leaves out the token at hand and closes the
// brackets that are open.
type repr struct {
	dst    []byte
	budget int             // code points left
	open   [reprDepth]byte // closing brackets of the open containers
	depth  int
}

// appendRepr appends the representation of a value in Python's JSON form, with up to about length code points.
func appendRepr(dst, value []byte, length int) []byte {
	r := repr{dst: dst, budget: length}
	for i := 0; i < len(value); {
		n := r.token(value[i:])
		if n == 0 {
			break
		}
		i += n
	}
	return r.dst
}

// token writes the token that s starts with and returns its length in s, 0 when the budget was used up before.
func (r *repr) token(s []byte) int {
	if r.budget <= 0 {
		r.cut(s[0])
		return 0
	}
	switch s[0] {
	case '[', '{':
		return r.container(s)
	case ']', '}':
		r.depth--
		r.literal(s[:1])
		return 1
	case ',', ':':
		r.literal(s[:2])
		return 2
	case '"':
		n := skipString(s, 0)
		r.quoted(s[1 : n-1])
		return n
	}
	n := skipValue(s, 0)
	r.plain(pythonWord(s[:n]))
	return n
}

func (r *repr) container(s []byte) int {
	closing := s[0] + 2 // in ASCII, for both kinds
	if r.depth >= reprDepth {
		r.plain([]byte{s[0], '.', '.', '.', closing})
		return skipValue(s, 0)
	}
	r.open[r.depth] = closing
	r.depth++
	r.literal(s[:1])
	return 1
}

// cut ends the text in place of the token that starts with c.
func (r *repr) cut(c byte) {
	r.dst = append(r.dst, ", ..."...)
	switch c {
	case '[', '{':
		if r.depth < reprDepth {
			r.dst = append(r.dst, c+2)
		}
	case ']', '}':
		r.depth--
	}
	for r.depth--; r.depth >= 0; r.depth-- {
		r.dst = append(r.dst, r.open[r.depth])
	}
}

// literal writes punctuation, which is never shortened.
func (r *repr) literal(s []byte) {
	r.dst = append(r.dst, s...)
	r.budget -= len(s)
}

// plain writes a number, a word or a container that is too deep.
func (r *repr) plain(s []byte) {
	n := len(s)
	if n >= r.budget {
		r.dst = append(append(r.dst, s[:r.budget]...), "..."...)
		r.budget = -len("...")
		return
	}
	r.dst = append(r.dst, s...)
	r.budget -= n
}

// quoted writes a string, given as the inside of a JSON string. It is shortened before it is quoted: to as many code
// points as there is budget, and from those back to the last space.
func (r *repr) quoted(s []byte) {
	dots := ""
	if len(s) >= r.budget {
		if end := runes(s, r.budget); end >= 0 {
			s, dots = s[:end], "..."
			if space := bytes.LastIndexByte(s, ' '); space >= 0 {
				s = s[:space]
			}
		}
	}
	r.budget -= len("''") + len(dots)
	r.dst = append(r.dst, '\'')
	for i := 0; i < len(s); {
		u, n := decodeRune(s[i:])
		i += n
		r.budget--
		if u == '\'' {
			r.budget--
			r.dst = append(r.dst, '\\')
		}
		r.dst = utf8.AppendRune(r.dst, u)
	}
	r.dst = append(append(r.dst, dots...), '\'')
}

// runes returns the length of the first n code points in the inside of a JSON string, -1 if it has fewer.
func runes(s []byte, n int) int {
	i := 0
	for ; n > 0; n-- {
		if i >= len(s) {
			return -1
		}
		_, size := decodeRune(s[i:])
		i += size
	}
	return i
}

// pythonWord returns a number or word of JSON as Python's str writes it.
func pythonWord(s []byte) []byte {
	switch string(s) {
	case "null":
		return []byte("None")
	case "true":
		return []byte("True")
	case "false":
		return []byte("False")
	case "NaN":
		return []byte("nan")
	case "Infinity":
		return []byte("inf")
	case "-Infinity":
		return []byte("-inf")
	}
	return s
}
