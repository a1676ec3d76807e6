package message

import (
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// text rewrites a JSON string.
func (r *rewriter) text() error {
	r.dst = append(r.dst, '"')
	r.pos++
	for {
		start := r.pos
		for r.pos < len(r.src) && plain(r.src[r.pos]) {
			r.pos++
		}
		r.dst = append(r.dst, r.src[start:r.pos]...)
		if r.pos >= len(r.src) {
			return r.fail("string does not end")
		}
		switch c := r.src[r.pos]; {
		case c == '"':
			r.pos++
			r.dst = append(r.dst, '"')
			return nil
		case c == '\\':
			if err := r.escape(); err != nil {
				return err
			}
		case c < ' ':
			return r.fail("control character in a string")
		case c == 0x7f:
			r.dst = appendUnit(r.dst, 0x7f)
			r.pos++
		default:
			u, n := utf8.DecodeRune(r.src[r.pos:])
			if u == utf8.RuneError && n == 1 {
				return r.fail("invalid UTF-8")
			}
			r.dst = appendRune(r.dst, u)
			r.pos += n
		}
	}
}

// escape rewrites one escape sequence. Surrogates are handled one by one: a pair is written as it was read.
func (r *rewriter) escape() error {
	if r.pos+1 >= len(r.src) {
		return r.fail("string does not end")
	}
	u := rune(r.src[r.pos+1])
	n := 2
	switch u {
	case '"', '\\', '/':
	case 'b':
		u = '\b'
	case 'f':
		u = '\f'
	case 'n':
		u = '\n'
	case 'r':
		u = '\r'
	case 't':
		u = '\t'
	case 'u':
		if u = unit(r.src[r.pos:]); u < 0 {
			return r.fail("\\u without four hex digits")
		}
		n = 6
	default:
		return r.fail("unknown escape")
	}
	r.pos += n
	r.dst = appendUnit(r.dst, u)
	return nil
}

// plain tells whether a byte stands for itself in Python's JSON.
func plain(c byte) bool {
	return ' ' <= c && c <= '~' && c != '"' && c != '\\'
}

// unit returns the value of the \uXXXX at the start of s, or -1.
func unit(s []byte) rune {
	if len(s) < 6 {
		return -1
	}
	var u rune
	for _, c := range s[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		u = u<<4 | rune(c)
	}
	return u
}

// appendUnit appends one UTF-16 unit as it stands inside a Python JSON string.
func appendUnit(dst []byte, u rune) []byte {
	if u < utf8.RuneSelf && plain(byte(u)) {
		return append(dst, byte(u))
	}
	switch u {
	case '"', '\\':
		return append(dst, '\\', byte(u))
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

func appendRune(dst []byte, u rune) []byte {
	if u < 0x10000 {
		return appendUnit(dst, u)
	}
	u -= 0x10000
	return appendUnit(appendUnit(dst, 0xd800+u>>10), 0xdc00+u&0x3ff)
}

// appendQuoted appends s as a Python JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendQuoted[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && plain(s[i]) {
			i++
		}
		dst = append(dst, s[start:i]...)
		if i >= len(s) {
			break
		}
		if s[i] < utf8.RuneSelf {
			dst = appendUnit(dst, rune(s[i]))
			i++
			continue
		}
		u, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		dst = appendRune(dst, u)
		i += n
	}
	return append(dst, '"')
}
