package redisstore_test

import (
	"bytes"
	"strconv"
	"sync"
)

// commands counts what clients ask of Redis. Each command is a round trip, since the store sends none behind another.
type commands struct {
	mu sync.Mutex
	n  int
}

// during returns what is counted while f runs.
func (c *commands) during(f func()) map[string]int {
	c.mu.Lock()
	c.n = 0
	c.mu.Unlock()
	f()
	c.mu.Lock()
	defer c.mu.Unlock()
	return map[string]int{"statements": c.n, "round trips": c.n}
}

// requests reads what one client says: arrays of bulk strings, see https://redis.io/docs/latest/develop/reference/protocol-spec/.
type requests struct {
	commands *commands
	rest     []byte
	strings  int // that the command which was begun still lacks
}

func (r *requests) Write(b []byte) (int, error) {
	r.rest = append(r.rest, b...)
	for {
		line, behind, whole := bytes.Cut(r.rest, []byte("\r\n"))
		if !whole {
			return len(b), nil
		}
		n, err := strconv.Atoi(string(line[1:]))
		if err != nil {
			return 0, err
		}
		if line[0] == '*' {
			r.strings, r.rest = n, behind
			continue
		}
		if len(behind) < n+2 {
			return len(b), nil
		}
		r.rest = behind[n+2:]
		if r.strings--; r.strings == 0 {
			r.commands.mu.Lock()
			r.commands.n++
			r.commands.mu.Unlock()
		}
	}
}
