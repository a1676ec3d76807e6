package server

import (
	"context"
	_ "embed" // for the program
	"os/exec"
	"strconv"
	"syscall"

	"github.com/gobeat/gobeat/internal/testenv/python"
)

//go:embed moto.py
var moto string

// DynamoDB is moto, which speaks DynamoDB's protocol. It is not among Kinds, so that only tests that use it pay for
// building its Python environment.
func DynamoDB() Kind {
	return Kind{
		Name:     "dynamodb",
		Package:  python.Package,
		programs: []string{"python3"},
		ports:    1,
		ready:    "Running on",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  func(ctx context.Context, _ *Server) error { return python.Moto().Build(ctx) },
		command: func(s *Server, _ []string) *exec.Cmd {
			interpreter, err := python.Moto().Find()
			if err != nil {
				interpreter = "python3" // prepare has built it; without it the server says what it lacks
			}
			return foreground(interpreter, "-c", moto, host, strconv.Itoa(s.port(0)))
		},
		url: func(s *Server) string {
			return "dynamodb://test:test@eu-central-1/gobeat?endpoint=http://" + address(s.port(0))
		},
	}
}
