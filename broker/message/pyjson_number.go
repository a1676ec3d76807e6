package message

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// maxDigits is Python's limit for integers in text; a worker could not read a longer one.
const maxDigits = 4300

// number rewrites a JSON number: integers as they are, all others as Python's float.
func (r *rewriter) number() error {
	start := r.pos
	if r.src[r.pos] == '-' {
		r.pos++
	}
	whole := r.digits()
	switch {
	case whole == 0:
		if r.literal("Infinity") && r.src[start] == '-' {
			r.dst = append(r.dst, "-Infinity"...)
			return nil
		}
		return r.fail("expected a digit")
	case whole > 1 && r.src[r.pos-whole] == '0':
		return r.fail("number starts with 0")
	}
	float, err := r.fraction()
	if err != nil {
		return err
	}
	text := r.src[start:r.pos]
	if float {
		// Out of range means infinity, in Python as well.
		f, _ := strconv.ParseFloat(string(text), 64)
		r.dst = appendFloat(r.dst, f)
		return nil
	}
	if whole > maxDigits {
		return r.fail(fmt.Sprintf("integer with more than %d digits", maxDigits))
	}
	if string(text) == "-0" {
		text = text[1:]
	}
	r.dst = append(r.dst, text...)
	return nil
}

// fraction reads what makes a number a float and tells whether there is anything.
func (r *rewriter) fraction() (bool, error) {
	float := false
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		float = true
		r.pos++
		if r.digits() == 0 {
			return false, r.fail("expected a digit")
		}
	}
	if r.pos < len(r.src) && r.src[r.pos]|0x20 == 'e' {
		float = true
		r.pos++
		if r.pos < len(r.src) && (r.src[r.pos] == '+' || r.src[r.pos] == '-') {
			r.pos++
		}
		if r.digits() == 0 {
			return false, r.fail("expected a digit")
		}
	}
	return float, nil
}

func (r *rewriter) digits() int {
	start := r.pos
	for r.pos < len(r.src) && '0' <= r.src[r.pos] && r.src[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - start
}

// appendFloat appends f as json.dumps does: Python's repr, except for values that are not finite.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !bytes.ContainsRune(dst[start:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}
