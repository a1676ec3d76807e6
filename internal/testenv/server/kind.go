package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

// Kind is one sort of server that this package can start. It is made by Postgres, MariaDB, Redis and RabbitMQ.
type Kind struct {
	// Name is the lower-case name used in messages, and in capitals in BEAT_TEST_<NAME>_URL.
	Name string
	// Package is the Debian package that installs the server, or several with spaces between them.
	Package string

	programs []string // programs needed; the first is the server itself
	folders  []string // patterns of folders searched before PATH

	ports int            // how many ports it listens on
	ready string         // part of the line it prints when it accepts connections
	stop  syscall.Signal // asks for a clean shutdown that does not wait for clients
	drop  syscall.Signal // fastest end that leaves nothing behind on the machine

	env []string // added to the environment of the server

	account func() (*syscall.Credential, error)        // whom to run as, when not as ourselves
	prepare func(ctx context.Context, s *Server) error // makes the data folder, before the first start
	command func(s *Server, args []string) *exec.Cmd   // the server in the foreground
	helper  func(s *Server) *exec.Cmd                  // a second process that must run beside it
	url     func(s *Server) string                     // where clients connect
	api     func(s *Server) string                     // management interface
}

// Kinds returns the kinds of which every run of the tests needs one.
func Kinds() []Kind {
	return []Kind{Postgres(), MariaDB(), Redis(), RabbitMQ()}
}

// Named returns the kind of that name.
func Named(name string) (Kind, error) {
	kinds := append(Kinds(), MongoDB(), DynamoDB())
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, fmt.Errorf("unknown server %q", name)
	}
	return kinds[i], nil
}

// With returns the kind with more variables (NAME=value) in the environment of its servers.
func (k Kind) With(env ...string) Kind {
	k.env = append(slices.Clone(k.env), env...)
	return k
}

// Installed returns nil when all programs of the server are on this machine, else an error that wraps ErrNotInstalled
// and names the Debian package.
func (k Kind) Installed() error {
	for _, program := range k.programs {
		if k.find(program) == "" {
			return fmt.Errorf("%s: program %s of Debian package %s is %w", k.Name, program, k.Package, ErrNotInstalled)
		}
	}
	return nil
}

// find returns the path of a program, or "". Of several versions it takes the one whose folder sorts last.
func (k Kind) find(program string) string {
	for _, pattern := range k.folders {
		found, err := filepath.Glob(filepath.Join(pattern, program))
		if err == nil && len(found) > 0 {
			return slices.Max(found)
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

// root tells whether this process may change to another account, and must for servers that refuse to run as root.
func root() bool { return os.Geteuid() == 0 }
