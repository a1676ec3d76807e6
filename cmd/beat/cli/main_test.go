package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/cmd/beat/cli"
)

func TestMain(m *testing.M) {
	cli.QuietLibraries()
	goleak.VerifyTestMain(m)
}

// environ is an environment that may change while a command runs.
type environ struct {
	mu   sync.Mutex
	vars map[string]string
}

func newEnviron(pairs ...string) *environ {
	e := &environ{vars: map[string]string{}}
	e.set(pairs...)
	return e
}

func (e *environ) set(pairs ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := 0; i < len(pairs); i += 2 {
		e.vars[pairs[i]] = pairs[i+1]
	}
}

func (e *environ) lookup(name string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, ok := e.vars[name]
	return v, ok
}

// once runs a command line to its end.
func once(ctx context.Context, e *environ, args ...string) (out, errs string, code int) {
	var o, w bytes.Buffer
	app := &cli.App{In: strings.NewReader(""), Out: &o, Err: &w, LookupEnv: e.lookup, Version: "1.2.3"}
	code = app.Execute(ctx, args)
	return o.String(), w.String(), code
}

// process is a command that runs until it is stopped.
type process struct {
	lines   chan string // what it prints to both outputs
	hangups chan os.Signal
	stop    context.CancelFunc
	code    chan int
	seen    []string
}

// start runs a command line; it is stopped at the end of the test if not before.
func start(t *testing.T, e *environ, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &process{
		lines: make(chan string, 10_000), hangups: make(chan os.Signal), stop: cancel, code: make(chan int, 1),
	}
	w := &lineWriter{lines: p.lines}
	app := &cli.App{
		In: strings.NewReader(""), Out: w, Err: w, LookupEnv: e.lookup, Version: "1.2.3",
		Hangups: func(context.Context) <-chan os.Signal { return p.hangups },
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.code <- app.Execute(ctx, args)
		close(p.lines)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return p
}

// wait blocks until a line with all the texts comes and returns it.
func (p *process) wait(t *testing.T, texts ...string) string {
	t.Helper()
	for line := range p.lines {
		p.seen = append(p.seen, line)
		found := true
		for _, text := range texts {
			found = found && strings.Contains(line, text)
		}
		if found {
			return line
		}
	}
	t.Fatalf("ended without a line with %q:\n%s", texts, strings.Join(p.seen, ""))
	return ""
}

// end stops the command and returns its exit code.
func (p *process) end() int {
	p.stop()
	return <-p.code
}

// lineWriter hands on what is written, line by line.
type lineWriter struct {
	mu    sync.Mutex
	rest  string
	lines chan<- string
}

var _ io.Writer = (*lineWriter)(nil)

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest += string(p)
	for {
		line, rest, ok := strings.Cut(w.rest, "\n")
		if !ok {
			return len(p), nil
		}
		w.lines <- line + "\n"
		w.rest = rest
	}
}
