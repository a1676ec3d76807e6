package claimlog_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// TestSimulation lets beats with leases that end at once lead, claim, settle and write checkpoints over each other. In
// the middle of any call, others may go on; any call of the engine may fail before or after its effect, and an insert may take
// effect long after it failed. A seed that fails can be given again by BEAT_SEED.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if text := os.Getenv("BEAT_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		simulate(t, seed)
		return
	}
	for seed := range uint64(300) {
		if simulate(t, seed); t.Failed() {
			t.Fatalf("BEAT_SEED=%d", seed)
		}
	}
}

var errEngine = errors.New("the engine failed")

// world is what the beats of a simulation share.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	engine *enginetest.Memory
	beats  []*actor
	ids    []beat.EntryID
	start  time.Time

	depth  int
	faulty bool
	taken  map[beat.Run]uuid.UUID // by whom each run was claimed
}

// actor is a beat.
type actor struct {
	w     *world
	log   *claimlog.Log
	id    uuid.UUID
	lease beat.Lease
	open  []uuid.UUID // batches to be settled
	busy  bool
}

func simulate(t *testing.T, seed uint64) {
	t.Helper()
	w := &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), engine: &enginetest.Memory{Limit: 1024}, faulty: true,
		start: time.Now().Add(-time.Hour).Truncate(time.Second), taken: map[beat.Run]uuid.UUID{},
	}
	mem := memstore.New()
	for i := range 3 {
		e, err := mem.Add(t.Context(), beat.Entry{
			Name: strconv.Itoa(i), Task: "t", Enabled: true, Active: true,
			Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.ids = append(w.ids, e.ID)
	}
	w.engine.Fault = w.fault
	for range 3 {
		log := claimlog.New(w.engine, entries{mem})
		log.CheckpointOften()
		w.beats = append(w.beats, &actor{w: w, log: log, id: uuid.New()})
	}
	for range 200 {
		w.step()
	}
	w.faulty = false
	w.check(claimlog.New(w.engine, entries{mem}))
}

// fault lets another beat go on, and fails now and then.
func (w *world) fault(op string) (before, after error) {
	if !w.faulty {
		return nil, nil
	}
	if w.depth < 4 && w.rng.IntN(6) == 0 {
		w.step()
	}
	switch w.rng.IntN(60) {
	case 0:
		return errEngine, nil
	case 1:
		return nil, errEngine
	case 2:
		if op == "insert" {
			return enginetest.ErrLate, nil
		}
	}
	return nil, nil
}

// step lets one of the beats that are not in the middle of a call make one.
func (w *world) step() {
	if w.rng.IntN(10) == 0 {
		w.engine.Arrive(w.rng.IntN(8))
	}
	a := w.beats[w.rng.IntN(len(w.beats))]
	if a.busy {
		return
	}
	a.busy = true
	w.depth++
	a.act()
	w.depth--
	a.busy = false
}

func (a *actor) act() {
	ctx := a.w.t.Context()
	switch n := a.w.rng.IntN(12); {
	case a.lease.Epoch == 0 || n == 0:
		own, err := a.log.Acquire(ctx, 0, beat.Holder{ID: a.id}, time.Nanosecond, 0)
		if a.ok(err) {
			a.lease, a.open = own, nil
			a.recover(ctx)
		}
	case n < 4:
		if own, err := a.log.Renew(ctx, a.lease, time.Nanosecond); a.ok(err) {
			a.lease = own
		}
	case n < 6 && len(a.open) > 0:
		if a.ok(a.log.Settle(ctx, a.lease, []beat.Settlement{{Batch: a.open[0]}})) {
			a.open = a.open[1:]
		}
	default:
		a.claim(ctx)
	}
}

// ok tells whether a call succeeded. A leader that is fenced stops to be one.
func (a *actor) ok(err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, beat.ErrFenced):
		a.lease = beat.Lease{}
	case !errors.Is(err, errEngine) && !errors.Is(err, enginetest.ErrLate):
		a.w.t.Errorf("unexpected: %v", err)
	}
	return false
}

// recover looks for batches of earlier leaders, all of which must be known to be claimed.
func (a *actor) recover(ctx context.Context) {
	open, err := a.log.Unsettled(ctx, a.lease)
	if !a.ok(err) {
		return
	}
	for _, b := range open {
		a.open = append(a.open, b.ID)
	}
}

// claim claims the next run of each entry, and asks again as long as nobody knows what became of it.
func (a *actor) claim(ctx context.Context) {
	cursors, err := a.log.Get(ctx, a.w.ids)
	if !a.ok(err) {
		return
	}
	b := beat.Batch{ID: uuid.New(), Payload: bytes.Repeat([]byte("x"), a.w.rng.IntN(500))}
	for _, id := range a.w.ids {
		prev := cursors[id].DecidedTo
		to := prev.Add(time.Second)
		if prev.IsZero() {
			to = a.w.start
		}
		b.Decisions = append(b.Decisions, beat.Decision{ID: id, Prev: prev, To: to, Fire: true})
	}
	for range 5 {
		taken, err := a.log.Claim(ctx, a.lease, b)
		if err == nil {
			a.took(&b, taken)
			return
		}
		if !a.ok(err) && a.lease.Epoch == 0 {
			return
		}
	}
}

// took notes who claimed what.
func (a *actor) took(b *beat.Batch, taken []beat.EntryID) {
	if len(taken) > 0 {
		a.open = append(a.open, b.ID)
	}
	for _, id := range taken {
		for i := range b.Decisions {
			if b.Decisions[i].ID == id {
				a.w.claimed(beat.Run{ID: id, Instant: b.Decisions[i].To}, b.ID)
			}
		}
	}
}

func (w *world) claimed(r beat.Run, by uuid.UUID) {
	r.Instant = r.Instant.UTC()
	if other, known := w.taken[r]; known && other != by {
		w.t.Errorf("%v was claimed by %v and %v", r, other, by)
	}
	w.taken[r] = by
}

// check reads the log as a new beat does: every run up to the cursor was claimed once, and none after it.
func (w *world) check(log *claimlog.Log) {
	ctx := context.Background()
	own, err := log.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, time.Hour, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	open, err := log.Unsettled(ctx, own)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range open { // claims whose beats never heard of it are theirs to send
		for _, r := range b.Runs {
			w.claimed(r, b.ID)
		}
	}
	cursors, err := log.Get(ctx, w.ids)
	if err != nil {
		w.t.Fatal(err)
	}
	runs := map[beat.EntryID]int64{}
	for r := range w.taken {
		if r.Instant.After(cursors[r.ID].DecidedTo) {
			w.t.Errorf("%v was claimed, but the cursor stands at %v", r, cursors[r.ID].DecidedTo)
		}
		runs[r.ID]++
	}
	for id, c := range cursors {
		if c.Fires < runs[id] {
			w.t.Errorf("entry %s: the cursor counts %d runs, %d were claimed", id, c.Fires, runs[id])
		}
	}
}
