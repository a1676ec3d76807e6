package server

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
)

// redisDatabases is enough for every test of a run to have a number of its own.
const redisDatabases = 1024

// Redis is the Redis server. Extra arguments are those of redis-server; without any it keeps nothing on disk.
func Redis() Kind {
	return Kind{
		Name:     "redis",
		Package:  "redis-server",
		programs: []string{"redis-server"},
		ports:    1,
		ready:    "Ready to accept connections",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  func(context.Context, *Server) error { return nil },
		command: func(s *Server, args []string) *exec.Cmd {
			return foreground(s.kind.find("redis-server"), append([]string{
				"--bind", host,
				"--port", strconv.Itoa(s.port(0)),
				"--dir", s.dir,
				"--databases", strconv.Itoa(redisDatabases),
				"--save", "",
				"--appendonly", "no",
			}, args...)...)
		},
		url: func(s *Server) string { return fmt.Sprintf("redis://%s/0", address(s.port(0))) },
	}
}
