package proxy

import (
	"bytes"
	"encoding/binary"
)

// claimText is in the statement that claims and settles, and in no other.
var claimText = []byte("insert into beat_batch (id") //nolint:gochecknoglobals // bytes have no constants

// postgres reads messages. The answer to a claim is held back until the server is ready for the next query, for only
// then has it committed.
func postgres() *conversation {
	started := false
	claims := map[string]bool{} // prepared statements
	c := &conversation{down: postgresMessage}
	claiming := false
	c.up = func(b []byte) int {
		if started {
			return postgresMessage(b)
		}
		if len(b) < 4 {
			return 0
		}
		return int(binary.BigEndian.Uint32(b))
	}
	c.fromClient = func(unit []byte) (Event, bool) {
		if !started {
			started = true
			return "", false
		}
		switch unit[0] {
		case 'P': // parse: name, text
			name, text, _ := bytes.Cut(unit[5:], []byte{0})
			claims[string(name)] = bytes.Contains(text, claimText)
		case 'B': // bind: portal, name
			_, rest, _ := bytes.Cut(unit[5:], []byte{0})
			name, _, _ := bytes.Cut(rest, []byte{0})
			c.mu.Lock()
			claiming = claiming || claims[string(name)]
			c.mu.Unlock()
		}
		return "", false
	}
	c.fromServer = func(unit []byte) (Event, bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !claiming {
			return "", false
		}
		if unit[0] != 'Z' { // ready for query
			return "", true
		}
		claiming = false
		return Claimed, false
	}
	return c
}

func postgresMessage(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	return int(binary.BigEndian.Uint32(b[1:])) + 1
}
