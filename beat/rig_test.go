package beat_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a beat with everything in memory. It lives within a synctest bubble, whose clock begins on 2000-01-01 UTC.
type rig struct {
	t      *testing.T
	store  *memstore.Store
	broker *membroker.Broker
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return &rig{t: t, store: memstore.New(), broker: membroker.New()}
}

// start runs a beat over its own handles and returns what stops it and waits.
func (r *rig) start(change func(*beat.Config)) (stop func()) {
	r.t.Helper()
	return r.run(change, func(*beat.Beat) {})
}

func compilerOf(build *message.Builder) *beat.Compiler {
	return beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
}

// uptimeOf is the uptime of a system that was started then, by the clock of the bubble.
func uptimeOf(start time.Time) func() time.Duration {
	return func() time.Duration { return time.Since(start) }
}

// made makes a beat over its own handles.
func (r *rig) made(change func(*beat.Config)) *beat.Beat {
	r.t.Helper()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := beat.Config{
		Store: r.store.Handle(), Publisher: r.broker.Publisher(),
		Builder: build, Compiler: compilerOf(build), Uptime: uptimeOf(time.Now()),
		Logger: slog.New(slog.NewTextHandler(testLog{r.t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	if change != nil {
		change(&cfg)
	}
	b, err := beat.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *rig) run(change func(*beat.Config), made func(*beat.Beat)) (stop func()) {
	r.t.Helper()
	b := r.made(change)
	made(b)
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func (r *rig) add(e beat.Entry) beat.Entry {
	r.t.Helper()
	if e.Task == "" {
		e.Task = "proj.add"
	}
	e.Enabled, e.Active = true, true
	out, err := r.store.Add(r.t.Context(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// sent returns the planned instants of all messages in the default queue, as seconds after the year 2000 began.
func (r *rig) sent() []string {
	var out []string
	for _, env := range r.broker.Messages("celery") {
		out = append(out, headerOf(env, beat.HeaderName)+"@"+headerOf(env, beat.HeaderScheduledFor)[11:19])
	}
	return out
}

func headerOf(env message.Envelope, key string) string {
	for _, h := range env.Headers {
		if h.Key == key {
			var s string
			if json.Unmarshal(h.Value, &s) != nil {
				return string(h.Value)
			}
			return s
		}
	}
	return ""
}

func (r *rig) want(want ...string) {
	r.t.Helper()
	got := strings.Join(r.sent(), " ")
	if w := strings.Join(want, " "); got != w {
		r.t.Errorf("sent %s\nwant %s", got, w)
	}
}

func every(n int64, period string) schedule.Spec {
	return schedule.Spec{Kind: schedule.KindInterval, Every: n, Period: period}
}
