package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/process"
)

// startLimit bounds a start on a slow, busy machine; a usual start takes between 0.1 s (Redis) and 6 s (RabbitMQ).
const startLimit = 4 * time.Minute

// stopLimit bounds a clean stop, after which the server is killed.
const stopLimit = 60 * time.Second

// Server is one server with its data folder and ports. Its methods may be called from several goroutines.
type Server struct {
	kind  Kind
	dir   string
	ports *ports
	args  []string
	cred  *syscall.Credential // nil: our own account

	mu     sync.Mutex
	log    *os.File
	main   *process.Process
	beside *process.Process

	printing sync.Mutex
	printed  chan struct{} // closed and replaced when a line is printed
}

// Start makes a data folder below the folder for temporary files and starts a server in it. The meaning of args
// depends on the kind: more arguments of the server program, or lines of RabbitMQ's configuration file. It returns
// when the server accepts connections.
func Start(ctx context.Context, kind Kind, args ...string) (*Server, error) {
	if err := kind.Installed(); err != nil {
		return nil, err
	}
	s := &Server{kind: kind, args: args, printed: make(chan struct{})}
	err := s.create(ctx)
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		err = fmt.Errorf("starting %s: %w\n%s", kind.Name, err, s.Log())
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// create makes the folder, chooses ports and account, and lets the kind prepare its data.
func (s *Server) create(ctx context.Context) error {
	var err error
	if s.ports, err = freePorts(ctx, s.kind.ports); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "gobeat-"+s.kind.Name+"-"); err != nil {
		return fmt.Errorf("making a data folder: %w", err)
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return fmt.Errorf("making the log file: %w", err)
	}
	if s.kind.account != nil && root() {
		if s.cred, err = s.kind.account(); err != nil {
			return err
		}
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return fmt.Errorf("giving the data folder to another account: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return s.kind.prepare(ctx, s)
}

// Start starts the server again after Stop or Kill, on the same ports and data, and returns when it accepts
// connections. It does nothing when the server runs.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if alive(s.main) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.startHelper(); err != nil {
		return err
	}
	cmd := s.kind.command(s, s.args)
	cmd.Dir = s.dir
	if len(s.kind.env) > 0 {
		cmd.Env = append(cmd.Environ(), s.kind.env...)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	ready := make(chan struct{})
	announce := sync.OnceFunc(func() { close(ready) })
	var err error
	s.main, err = process.Start(cmd, func(line string) {
		s.print(line)
		if strings.Contains(line, s.kind.ready) {
			announce()
		}
	})
	if err != nil {
		return err
	}
	select {
	case <-ready:
		return nil
	case <-s.main.Done():
		return ErrExited
	case <-ctx.Done():
		return fmt.Errorf("waiting until it is ready: %w", context.Cause(ctx))
	}
}

// startHelper starts the process that must run beside the server, where there is one and it does not run.
func (s *Server) startHelper() error {
	if s.kind.helper == nil || alive(s.beside) {
		return nil
	}
	var err error
	s.beside, err = process.Start(s.kind.helper(s), s.print)
	return err
}

// print adds a line to the log. A log that cannot be written only makes a failure harder to read.
func (s *Server) print(line string) {
	s.printing.Lock()
	defer s.printing.Unlock()
	_, _ = s.log.WriteString(line)
	close(s.printed)
	s.printed = make(chan struct{})
}

// Await blocks until the server has printed a text, before or after the call.
func (s *Server) Await(ctx context.Context, text string) error {
	for {
		s.printing.Lock()
		printed := s.printed
		s.printing.Unlock()
		if strings.Contains(s.Log(), text) {
			return nil
		}
		select {
		case <-printed:
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s prints %q: %w", s.kind.Name, text, context.Cause(ctx))
		}
	}
}

// Stop shuts the server down cleanly and waits for its end. It does nothing when the server is stopped, and must not be
// called while it is paused.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !alive(s.main) {
		return nil
	}
	process := s.main
	late := time.AfterFunc(stopLimit, func() { _ = process.Signal(syscall.SIGKILL) })
	defer late.Stop()
	if err := process.End(s.kind.stop); err != nil {
		return fmt.Errorf("stopping %s: %w", s.kind.Name, err)
	}
	return nil
}

// Kill ends the server at once, as a crash would, and waits for its end. It does nothing when the server is stopped.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !alive(s.main) {
		return nil
	}
	if err := s.main.End(syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing %s: %w", s.kind.Name, err)
	}
	return nil
}

// Pause freezes the server: connections stay open and hang. It returns when nothing of the server runs any more.
func (s *Server) Pause() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return s.signal(func(p *process.Process) error { return p.Stop(ctx) })
}

// Continue lets a paused server run again.
func (s *Server) Continue() error {
	return s.signal(func(p *process.Process) error { return p.Signal(syscall.SIGCONT) })
}

// Close ends the server in the fastest way and removes its folder. It may be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if alive(s.main) {
		// A paused server would not see the signal that ends it.
		errs = append(errs, s.main.Signal(syscall.SIGCONT), s.main.End(s.kind.drop))
	}
	if alive(s.beside) {
		errs = append(errs, s.beside.End(syscall.SIGKILL))
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
		s.log = nil
	}
	if s.ports != nil {
		s.ports.release()
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// URL returns where clients connect, with user and password.
func (s *Server) URL() string { return s.kind.url(s) }

// APIURL returns the address of RabbitMQ's management interface, and "" for other servers.
func (s *Server) APIURL() string {
	if s.kind.api == nil {
		return ""
	}
	return s.kind.api(s)
}

// Log returns everything the server printed so far, "" when that cannot be read.
func (s *Server) Log() string {
	if s.dir == "" {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return ""
	}
	return string(text)
}

// port returns the port at a position that the kind defines.
func (s *Server) port(i int) int { return s.ports.numbers[i] }

func (s *Server) signal(send func(*process.Process) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !alive(s.main) {
		return fmt.Errorf("%s: %w", s.kind.Name, process.ErrNotRunning)
	}
	if err := send(s.main); err != nil {
		return fmt.Errorf("signalling %s: %w", s.kind.Name, err)
	}
	return nil
}

func alive(p *process.Process) bool {
	if p == nil {
		return false
	}
	select {
	case <-p.Done():
		return false
	default:
		return true
	}
}
