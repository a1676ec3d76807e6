package beat_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

// The simulation runs whole beats, several at a time, over a store and a broker in memory, and lets every call of a
// port succeed, fail before or after its effect, wait, or be the last one of its process, as a seed says. Afterwards
// nothing may be lost, doubled under two ids, or early. A seed that fails is given again by BEAT_SIM_SEED, and belongs
// into knownSeeds.

const (
	simFaults = 40 * time.Second // how long faults last
	simQuiet  = 25 * time.Second // how long things may settle afterwards
)

// knownSeeds failed once.
func knownSeeds() []uint64 { return nil }

func TestSimulation(t *testing.T) {
	t.Parallel()
	if text := os.Getenv("BEAT_SIM_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		simulate(t, seed)
		return
	}
	for _, seed := range knownSeeds() {
		simulate(t, seed)
	}
	first, n := uint64(1), simSeeds
	if text := os.Getenv("BEAT_SIM_SEEDS"); text != "" { // a longer run, with seeds of its own
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		first = uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		n = 200
	}
	const shards = 4
	for shard := range shards {
		t.Run(strconv.Itoa(shard), func(t *testing.T) {
			t.Parallel()
			for i := shard; i < n; i += shards {
				simulate(t, first+uint64(i))
			}
			t.Logf("%d seeds from %d on", n/shards, first)
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		w.run()
		for _, problem := range w.check() {
			t.Errorf("seed %d: %s", seed, problem)
		}
		if t.Failed() {
			t.Logf("again: BEAT_SIM_SEED=%d go test ./beat -run TestSimulation", seed)
		}
	})
}

// world is one simulated deployment.
type world struct {
	t       *testing.T
	seed    uint64
	rng     *rand.Rand // of the main goroutine only
	store   *memstore.Store
	broker  *membroker.Broker
	memory  bool // the broker remembers batches
	shards  int
	rewinds bool // the store loses commits now and then
	start   time.Time
	end     time.Time // of the faults
	added   []beat.Entry

	lost map[string]bool // runs that the broker lost after it had confirmed them, by name and instant

	mu       sync.Mutex
	early    []string
	returned map[string]bool // runs that the broker did not take
	anchors  map[beat.EntryID]time.Time
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)),
		store: memstore.New(), broker: membroker.New(), start: time.Now(), lost: map[string]bool{}, returned: map[string]bool{},
		anchors: map[beat.EntryID]time.Time{},
	}
	w.memory = w.rng.IntN(2) == 0
	if !w.memory {
		w.broker.Forget()
	}
	w.rewinds = w.rng.IntN(5) == 0
	w.shards = []int{1, 1, 1, 4}[w.rng.IntN(4)]
	w.end = w.start.Add(simFaults)
	w.broker.Fail(w.refuse)
	for i := range 2 + w.rng.IntN(3) {
		e := beat.Entry{
			Name: fmt.Sprintf("task-%d", i), Task: "t", Enabled: true, Active: true, Spec: every(1+w.rng.Int64N(9), "seconds"),
			Misfire:  []beat.Misfire{beat.MisfireLast, beat.MisfireAll, beat.MisfireSkip}[w.rng.IntN(3)],
			Delivery: []beat.Delivery{beat.AtLeastOnce, beat.AtMostOnce}[w.rng.IntN(4)/3],
		}
		if w.rng.IntN(4) == 0 {
			e.Spec = schedule.Spec{Kind: schedule.KindCrontab, Second: fmt.Sprintf("*/%d", 2+w.rng.IntN(20))}
		}
		if w.rng.IntN(6) == 0 {
			e.Spec = schedule.Spec{Kind: schedule.KindClocked, Clocked: w.start.Add(time.Duration(w.rng.IntN(40)) * time.Second)}
		}
		if w.rng.IntN(6) == 0 {
			e.MisfireWindow = time.Duration(1+w.rng.IntN(10)) * time.Second
		}
		added, err := w.store.Add(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		w.added = append(w.added, added)
	}
	return w
}

// refuse lets the broker reject some messages once or often, and return some.
func (w *world) refuse(env message.Envelope) message.Outcome {
	if !time.Now().Before(w.end) {
		return message.Outcome{}
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(env.ID))
	rng := rand.New(rand.NewPCG(w.seed, h.Sum64()+uint64(time.Now().Nanosecond())))
	switch rng.IntN(40) {
	case 0, 1:
		w.noteReturned(env)
		return message.Outcome{State: message.Rejected, Reason: "simulated"}
	case 2:
		w.noteReturned(env)
		return message.Outcome{State: message.Returned, Reason: "simulated"}
	}
	return message.Outcome{}
}

func (w *world) noteReturned(env message.Envelope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.returned[runOf(env)] = true
}

// noteAnchors notes from when on entries count.
func (w *world) noteAnchors(b beat.Batch, taken []beat.EntryID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range b.Decisions {
		if d.Prev.IsZero() && slices.Contains(taken, d.ID) {
			w.anchors[d.ID] = d.To
		}
	}
}

// run lets processes live and die until the faults are over, then one of them work in peace.
func (w *world) run() {
	var processes []*process
	for n := 0; time.Now().Before(w.end); n++ {
		alive := processes[:0:0]
		for _, p := range processes {
			if !p.dead() {
				alive = append(alive, p)
			}
		}
		if len(alive) < 2 {
			processes = append(processes, w.launch(n))
		}
		time.Sleep(time.Duration(500+w.rng.IntN(4000)) * time.Millisecond)
		if w.rng.IntN(6) == 0 {
			processes[w.rng.IntN(len(processes))].terminate()
		}
		if w.memory && w.shards == 1 && !w.rewinds && w.rng.IntN(8) == 0 {
			w.lose()
		}
		if w.rewinds && w.rng.IntN(8) == 0 {
			rewind := w.store.Checkpoint()
			time.Sleep(time.Duration(w.rng.IntN(4000)) * time.Millisecond)
			w.logger(-1).Info("the store loses commits")
			rewind()
		}
	}
	last := w.launch(1000)
	time.Sleep(simQuiet)
	for _, p := range append(processes, last) {
		p.terminate()
	}
	for _, p := range append(processes, last) {
		p.wait()
	}
}

// lose lets the broker lose its newest batches, but not all that were settled: one that knows none of them is another
// broker to those that were not there before.
func (w *world) lose() {
	settled, err := w.store.Settled(w.t.Context(), beat.Lease{}, time.Minute)
	if err != nil {
		w.t.Error(err)
	}
	known := w.broker.Batches()
	kept := slices.IndexFunc(known, func(id uuid.UUID) bool {
		return slices.ContainsFunc(settled, func(b beat.OpenBatch) bool {
			return b.ID == id && len(b.Failed) == 0
		})
	})
	n := min(len(known)-kept-1, 1+w.rng.IntN(5))
	if kept < 0 || n < 1 {
		return
	}
	for _, env := range w.broker.Lose(n) {
		w.logger(-1).Info("lost by the broker", "run", runOf(env))
		w.lost[runOf(env)] = true
	}
}

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

type faultyStore struct {
	beat.Store
	p *process
}

func (s *faultyStore) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	return call(ctx, s.p, at("acquire", shard), func(ctx context.Context) (beat.Lease, error) {
		return s.Store.Acquire(ctx, shard, by, ttl, atLeast)
	})
}

// Lock is lost when the process dies.
func (s *faultyStore) Lock(ctx context.Context, shard int) (beat.Lock, error) {
	return call(ctx, s.p, at("lock", shard), func(context.Context) (beat.Lock, error) {
		l, err := s.Store.(beat.Vigil).Lock(ctx, shard)
		if err != nil {
			return nil, err
		}
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		s.p.locks = append(s.p.locks, l)
		if s.p.killed {
			l.Unlock()
			return nil, beat.ErrClosed
		}
		return l, nil
	})
}

func (s *faultyStore) Renew(ctx context.Context, l beat.Lease, ttl time.Duration) (beat.Lease, error) {
	return call(ctx, s.p, at("renew", l.Shard), func(ctx context.Context) (beat.Lease, error) { return s.Store.Renew(ctx, l, ttl) })
}

func (s *faultyStore) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	return call(ctx, s.p, at("claim", l.Shard), func(ctx context.Context) ([]beat.EntryID, error) {
		taken, err := s.Store.Claim(ctx, l, b)
		s.p.w.noteAnchors(b, taken)
		return taken, err
	})
}

func (s *faultyStore) Settle(ctx context.Context, l beat.Lease, done []beat.Settlement) error {
	_, err := call(ctx, s.p, at("settle", l.Shard), func(ctx context.Context) (bool, error) { return true, s.Store.Settle(ctx, l, done) })
	return err
}

func (s *faultyStore) Unsettled(ctx context.Context, l beat.Lease) ([]beat.OpenBatch, error) {
	return call(ctx, s.p, at("unsettled", l.Shard), func(ctx context.Context) ([]beat.OpenBatch, error) { return s.Store.Unsettled(ctx, l) })
}

func (s *faultyStore) Settled(ctx context.Context, l beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	return call(ctx, s.p, at("settled", l.Shard), func(ctx context.Context) ([]beat.OpenBatch, error) { return s.Store.Settled(ctx, l, since) })
}

func (s *faultyStore) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	return call(ctx, s.p, at("leader", shard), func(ctx context.Context) (beat.LeaseState, error) { return s.Store.Leader(ctx, shard) })
}

func (s *faultyStore) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	return call(ctx, s.p, "muster", func(ctx context.Context) ([]beat.Member, error) { return s.Store.Muster(ctx, m, ttl) })
}

func (s *faultyStore) Release(ctx context.Context, l beat.Lease) error {
	_, err := call(ctx, s.p, at("release", l.Shard), func(ctx context.Context) (bool, error) { return true, s.Store.Release(ctx, l) })
	return err
}

func (s *faultyStore) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	return call(ctx, s.p, "lookup", func(ctx context.Context) (beat.Entry, error) { return s.Store.Lookup(ctx, id) })
}

func (s *faultyStore) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	return call(ctx, s.p, "get", func(ctx context.Context) (map[beat.EntryID]beat.Cursor, error) { return s.Store.Get(ctx, ids) })
}

func (s *faultyStore) Latest(ctx context.Context) (beat.Version, error) {
	return call(ctx, s.p, "latest", s.Store.Latest)
}

type faultyPublisher struct {
	beat.Publisher
	p     *process
	shard int
}

func (f *faultyPublisher) TakeOver(ctx context.Context, fence message.Fence) error {
	_, err := call(ctx, f.p, at("take over", f.shard), func(ctx context.Context) (bool, error) { return true, f.Publisher.TakeOver(ctx, fence) })
	return err
}

func (f *faultyPublisher) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	out, err := call(ctx, f.p, at("publish", f.shard), func(ctx context.Context) ([]message.Outcome, error) {
		f.p.w.lookForEarly(b)
		return f.Publisher.Publish(ctx, b)
	})
	if out == nil {
		out = make([]message.Outcome, len(b.Messages))
	}
	return out, err
}

func (f *faultyPublisher) Lookup(ctx context.Context, id uuid.UUID, n int) ([]message.Outcome, error) {
	return call(ctx, f.p, at("look up", f.shard), func(ctx context.Context) ([]message.Outcome, error) { return f.Publisher.Lookup(ctx, id, n) })
}

func (f *faultyPublisher) Check(ctx context.Context) error {
	_, err := call(ctx, f.p, at("check", f.shard), func(ctx context.Context) (bool, error) { return true, f.Publisher.Check(ctx) })
	return err
}

// Lapses is what the publisher inside tells; the embedded interface does not have it.
func (f *faultyPublisher) Lapses() <-chan struct{} { return f.Publisher.(beat.Memory).Lapses() }

func (w *world) lookForEarly(b message.Batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range b.Messages {
		at := headerOf(b.Messages[i], beat.HeaderScheduledFor)
		if b.Skipped(i) || at == "" {
			continue
		}
		// A local clock may be ahead by what passes for agreement.
		if due, err := time.Parse(time.RFC3339Nano, at); err != nil || time.Until(due) > 500*time.Millisecond {
			w.early = append(w.early, fmt.Sprintf("%s was published at %s", at, time.Now()))
		}
	}
}
