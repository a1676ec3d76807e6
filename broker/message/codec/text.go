package codec

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
)

// errSurrogate: Python strings may hold half a surrogate pair, but neither UTF-8 nor what reads it can.
var errSurrogate = errors.New("holds half a surrogate pair, which only json can carry")

// checkText refuses a body, in Python's JSON, in which a surrogate stands without its partner.
func checkText(body []byte) error {
	for {
		i := bytes.IndexByte(body, '\\')
		if i < 0 {
			return nil
		}
		u, ok := unit(body[i:])
		if !ok {
			body = body[i+2:]
			continue
		}
		body = body[i+6:]
		if !utf16.IsSurrogate(u) {
			continue
		}
		if low, ok := unit(body); !ok || utf16.DecodeRune(u, low) == '\uFFFD' {
			return errSurrogate
		}
		body = body[6:]
	}
}

// unit returns the UTF-16 unit of the \uXXXX that s starts with.
func unit(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n), err == nil
}

// isFloat tells a float from an integer in Python's JSON.
func isFloat(number []byte) bool {
	return bytes.ContainsAny(number, ".eNI") // NaN and Infinity too
}

// parseFloat reads a float of Python's JSON.
func parseFloat(number []byte) (float64, error) {
	return strconv.ParseFloat(string(number), 64)
}
