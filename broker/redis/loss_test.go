package redis_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// lapsed tells whether a lapse was reported since the last call.
func lapsed(p *redis.Publisher) bool {
	select {
	case <-p.Lapses():
		return true
	default:
		return false
	}
}

// TestLoss does to a server what may lose messages, and looks at what the publisher says of a batch that was confirmed.
func TestLoss(t *testing.T) {
	t.Parallel()
	restart := func(t *testing.T, s *server.Server) {
		if err := errors.Join(s.Kill(), s.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		args    []string
		harm    func(t *testing.T, s *server.Server)
		lapse   bool // it is reported
		kept    bool // the server still knows the batch
		fenced  bool // the server does not know us any more
		forgets bool // a first call may fail until a new connection is made
	}{
		{name: "nothing", harm: func(*testing.T, *server.Server) {}, kept: true},
		{name: "flush", harm: func(t *testing.T, s *server.Server) {
			if err := client(t, s.URL()).FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}, lapse: true, fenced: true},
		{name: "flush of scripts", harm: func(t *testing.T, s *server.Server) {
			if err := client(t, s.URL()).ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}, kept: true},
		{name: "kill without persistence", harm: restart, lapse: true, fenced: true, forgets: true},
		{
			name: "kill with persistence", args: []string{"--appendonly", "yes", "--appendfsync", "always"},
			harm: restart, lapse: true, kept: true, forgets: true,
		},
		{name: "replica of an empty server for a while", harm: func(t *testing.T, s *server.Server) {
			empty := testenv.StartRedis(t, "--repl-diskless-sync-delay", "0")
			follow(t, s, empty)
		}, lapse: true, fenced: true, forgets: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := testenv.StartRedis(t, tt.args...)
			p := open(t, s.URL(), redis.Config{})
			if err := p.TakeOver(t.Context(), leader(7)); err != nil {
				t.Fatal(err)
			}
			b := brokertest.Batch("q", 300)
			if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 300 {
				t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
			}
			tt.harm(t, s)
			if err := p.Check(t.Context()); err != nil && !tt.forgets {
				t.Fatal(err)
			}
			known, err := p.Lookup(t.Context(), b.ID, 300)
			if err != nil {
				t.Fatal(err)
			}
			want := map[bool]int{true: 300}[tt.kept]
			if got := states(known)[message.Confirmed]; got != want {
				t.Errorf("got %d messages that the server knows, want %d", got, want)
			}
			if got := lapsed(p); got != tt.lapse {
				t.Errorf("got lapse %v, want %v", got, tt.lapse)
			}
			_, err = p.Publish(t.Context(), b)
			if tt.fenced {
				fenced, ok := errors.AsType[*message.FencedError](err)
				if !ok || fenced.Epoch != 0 || !lapsed(p) {
					t.Fatalf("got %v, want a fence without epoch and that it is reported as a lapse", err)
				}
				if err := p.TakeOver(t.Context(), leader(8)); err != nil {
					t.Fatal(err)
				}
				_, err = p.Publish(t.Context(), b)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := len(take(t, client(t, s.URL()), "q")); got != 300 {
				t.Errorf("got %d messages, want 300", got)
			}
		})
	}
}

// TestBindingsAreMadeAgain publishes to an exchange before and after the server lost its bindings.
func TestBindingsAreMadeAgain(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	p := open(t, s.URL(), redis.Config{})
	for range 2 {
		b := brokertest.Batch("q", 1)
		b.Messages[0].Exchange, b.Messages[0].RoutingKey = "q", "q"
		if out, err := p.Publish(t.Context(), b); err != nil || out[0].State != message.Confirmed {
			t.Fatalf("got %v and %v, want a confirmed message", out, err)
		}
		if err := errors.Join(s.Kill(), s.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

// follow makes a server the replica of another until it has its data, and a master again then.
func follow(t *testing.T, s, other *server.Server) {
	t.Helper()
	db := client(t, s.URL())
	host, port, _ := strings.Cut(address(other), ":")
	for _, args := range [][]any{
		{"REPLICAOF", host, port},
		// Blocks until a write of the master has come to the replica, which must have all its data before.
		{"REPLICAOF", "NO", "ONE"},
	} {
		if args[1] == "NO" {
			master := client(t, other.URL())
			if err := errors.Join(master.Set(t.Context(), "x", 1, 0).Err(), master.Wait(t.Context(), 1, 0).Err()); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMemoryEndsBetweenChunks lets the memory suffice for the first of three chunks: each is there whole or not at all.
func TestMemoryEndsBetweenChunks(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	db := client(t, s.URL())
	p := open(t, s.URL(), redis.Config{})
	if _, err := p.Publish(t.Context(), brokertest.Batch("q", 1)); err != nil {
		t.Fatal(err)
	}
	usage, err := db.InfoMap(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	used := usage["Memory"]["used_memory"]
	// Less than the first chunk needs, but Redis looks before a script only.
	if err := db.Do(t.Context(), "CONFIG", "SET", "maxmemory", used+"0").Err(); err != nil {
		t.Fatal(err)
	}
	b := brokertest.Batch("q", 600)
	for i := range b.Messages {
		b.Messages[i].Body = []byte(strings.Repeat("x", 40_000))
	}
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v and %v, want ErrUnavailable", states(out), err)
	}
	confirmed := states(out)[message.Confirmed]
	if n, err := db.LLen(t.Context(), "q").Result(); err != nil || int(n) != confirmed+1 || confirmed != 250 && confirmed != 500 {
		t.Errorf("got %d messages and %v with %v, want whole chunks", n, err, states(out))
	}
	if err := db.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 600 {
		t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
	}
	if n, err := db.LLen(t.Context(), "q").Result(); err != nil || n != 601 {
		t.Errorf("got %d messages and %v, want 601", n, err)
	}
}

// warnings keeps the warnings of a logger.
type warnings struct {
	slog.Handler
	lines chan string
}

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		w.lines <- r.Message
	}
	return nil
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }

func TestEvictionIsWarnedOf(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]int{"allkeys-lru": 1, "volatile-lru": 0, "noeviction": 0} {
		s := testenv.StartRedis(t, "--maxmemory-policy", policy)
		w := warnings{Handler: slog.DiscardHandler, lines: make(chan string, 10)}
		p := open(t, s.URL(), redis.Config{Logger: slog.New(w)})
		if err := p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Kill(), s.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		if err := p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(w.lines); got != want {
			t.Errorf("%s: got %d warnings, want %d", policy, got, want)
		}
	}
}
