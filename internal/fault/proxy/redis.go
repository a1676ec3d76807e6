package proxy

import (
	"bytes"
	"strconv"
)

// redis reads the arrays of a client. What the server says next after a script is its answer, since a connection that
// runs scripts runs nothing else meanwhile.
func redis() *conversation {
	scripting := false
	c := &conversation{up: respArray, down: func(b []byte) int { return len(b) }}
	c.fromClient = func(unit []byte) (Event, bool) {
		if bytes.Contains(bytes.ToLower(unit[:min(len(unit), 32)]), []byte("\r\neval")) {
			c.mu.Lock()
			scripting = true
			c.mu.Unlock()
		}
		return "", false
	}
	c.fromServer = func([]byte) (Event, bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !scripting {
			return "", false
		}
		scripting = false
		return Scripted, false
	}
	return c
}

// respArray returns the length of an array of bulk strings, which is all that a client sends.
func respArray(b []byte) int {
	count, at := respNumber(b, 0, '*')
	for range count {
		length, next := respNumber(b, at, '$')
		if next == 0 {
			return 0
		}
		at = next + length + 2
		if at > len(b) {
			return 0
		}
	}
	return at
}

// respNumber reads the number of a line that begins with mark, and returns where the next line begins; 0 when the line
// is not complete.
func respNumber(b []byte, at int, mark byte) (n, next int) {
	if at >= len(b) || b[at] != mark {
		return 0, 0
	}
	end := bytes.Index(b[at:], []byte("\r\n"))
	if end < 0 {
		return 0, 0
	}
	n, err := strconv.Atoi(string(b[at+1 : at+end]))
	if err != nil {
		return 0, 0
	}
	return n, at + end + 2
}
