package beat_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// process is a beat with ports that fail.
type process struct {
	w    *world
	seed uint64
	stop context.CancelFunc
	done chan struct{}

	mu     sync.Mutex
	calls  map[string]uint64
	killed bool
	locks  []beat.Lock
	step   time.Duration
}

func (w *world) launch(n int) *process {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{w: w, seed: w.seed*1001 + uint64(n), stop: cancel, done: make(chan struct{}), calls: map[string]uint64{}}
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		w.t.Fatal(err)
	}
	var pubs []beat.Publisher
	for shard := range w.shards {
		pubs = append(pubs, &faultyPublisher{Publisher: w.broker.Publisher(), p: p, shard: shard})
	}
	b, err := beat.New(beat.Config{
		Store: &faultyStore{Store: w.store.Handle(), p: p}, Publisher: pubs[0], Spread: pubs[1:],
		Builder: build, Compiler: compilerOf(build), Clock: p.now, Uptime: uptimeOf(w.start), HolderName: strconv.Itoa(n),
		MisfireGrace: 2 * time.Second, DrainTimeout: 3 * time.Second, Logger: w.logger(n),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		if err := b.Run(ctx); err != nil {
			w.t.Errorf("seed %d: Run: %v", w.seed, err)
		}
	}()
	return p
}

// logger returns one that writes when a single seed is looked into.
func (w *world) logger(n int) *slog.Logger {
	if os.Getenv("BEAT_SIM_SEED") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(testLog{w.t}, &slog.HandlerOptions{Level: slog.LevelDebug})).With("process", n)
}

func (p *process) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.step).Round(0)
}

func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// kill lets no further call have an effect.
func (p *process) kill() {
	p.mu.Lock()
	p.killed = true
	locks := p.locks
	p.mu.Unlock()
	for _, l := range locks {
		l.Unlock()
	}
	p.stop()
}

func (p *process) terminate() { p.stop() }

func (p *process) wait() { <-p.done }

// fault is what happens to one call.
type fault struct {
	before error         // it has no effect
	after  error         // it has its effect, and the caller does not learn it
	wait   time.Duration // before its effect
	die    bool          // the process ends after the effect
}

// at names the port of a shard.
func at(port string, shard int) string {
	if shard == 0 {
		return port
	}
	return port + strconv.Itoa(shard)
}

// next draws the fault of a call. It depends on the process, the port and the number of the call, not on what other
// goroutines do meanwhile.
func (p *process) next(port string) (fault, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return fault{}, beat.ErrClosed
	}
	if !time.Now().Before(p.w.end) {
		p.step = 0
		return fault{}, nil
	}
	p.calls[port]++
	h := p.seed
	for _, c := range port {
		h = h*1099511628211 ^ uint64(c)
	}
	rng := rand.New(rand.NewPCG(h, p.calls[port]))
	if rng.IntN(60) == 0 {
		p.step = []time.Duration{0, time.Hour, -time.Hour, 300 * time.Millisecond}[rng.IntN(4)]
	}
	broken := fmt.Errorf("simulated: %w", beat.ErrUnavailable)
	switch rng.IntN(40) {
	case 0, 1:
		return fault{before: broken}, nil
	case 2, 3:
		return fault{after: fmt.Errorf("simulated: %w", beat.ErrUnknownOutcome)}, nil
	case 4, 5:
		return fault{wait: time.Duration(rng.IntN(300)) * time.Millisecond}, nil
	case 6:
		return fault{wait: time.Duration(rng.IntN(12)) * time.Second}, nil // as long as a lease and longer
	case 7:
		return fault{die: true}, nil
	}
	return fault{}, nil
}

// call makes one call of a port.
func call[T any](ctx context.Context, p *process, port string, effect func(context.Context) (T, error)) (T, error) {
	var none T
	f, err := p.next(port)
	if err != nil {
		return none, err
	}
	if f.before != nil {
		return none, f.before
	}
	if f.wait > 0 {
		time.Sleep(f.wait) // a process that is stopped does not see its own deadlines
		ctx = context.WithoutCancel(ctx)
		if p.dead() {
			return none, beat.ErrClosed
		}
	}
	out, err := effect(ctx)
	if f.die && time.Now().Before(p.w.end) { // a lock may have been waited for until now
		p.kill()
		return none, beat.ErrClosed
	}
	if f.after != nil && err == nil {
		return none, f.after
	}
	return out, err
}
