package seedtest

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

// patience is how long a test waits for what it knows to come.
const patience = time.Minute

// rig is a store with a broker in memory.
type rig struct {
	*testing.T

	ctx      context.Context
	open     storetest.Open
	store    storetest.Store
	broker   *membroker.Broker
	builder  *message.Builder
	compiler *beat.Compiler
}

func newRig(t *testing.T, open storetest.Open) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r := &rig{T: t, ctx: ctx, open: open, store: open(t, ""), broker: membroker.New()}
	builder, err := message.NewBuilder(message.Settings{})
	r.noErr(err)
	r.builder = builder
	r.compiler = beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), builder)
	return r
}

func (r *rig) noErr(err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("error: %v", err)
	}
}

// start runs a beat over a handle of its own and returns what stops it and waits.
func (r *rig) start(change func(*beat.Config)) (stop func()) {
	r.Helper()
	return r.run(r.beat(change))
}

// beat makes a beat over a handle of its own.
func (r *rig) beat(change func(*beat.Config)) *beat.Beat {
	r.Helper()
	cfg := beat.Config{
		Store: r.open(r.T, ""), Publisher: r.broker.Publisher(), Builder: r.builder, Compiler: r.compiler,
		PollInterval: 50 * time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	b, err := beat.New(cfg)
	r.noErr(err)
	return b
}

// run runs a beat and returns what stops it and waits.
func (r *rig) run(b *beat.Beat) (stop func()) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	return func() {
		r.Helper()
		cancel()
		r.noErr(<-ended)
	}
}

// hourly is a task that runs every hour.
func hourly(name string) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj.tasks." + name, Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"},
	}
}

func (r *rig) add(e beat.Entry) beat.Entry {
	r.Helper()
	added, err := r.store.Add(r.ctx, e)
	r.noErr(err)
	return added
}

// lead is a term of a beat that was there before.
func (r *rig) lead() beat.Lease {
	r.Helper()
	l, err := r.store.Acquire(r.ctx, 0, beat.Holder{ID: uuid.New(), Name: "before"}, patience, 0)
	r.noErr(err)
	return l
}

// decided makes a former beat decide on entries up to an instant of the past, and returns that instant.
func (r *rig) decided(l beat.Lease, ago time.Duration, entries ...beat.Entry) time.Time {
	r.Helper()
	at := time.Now().Add(-ago).UTC().Truncate(time.Microsecond)
	var b beat.Batch
	for i := range entries {
		plan, bad := r.compiler.Plan(&entries[i])
		if bad != nil {
			r.Fatal(bad)
		}
		b.Decisions = append(b.Decisions, beat.Decision{ID: entries[i].ID, To: at, Spec: plan.Hash})
	}
	b.ID = uuid.Must(uuid.NewV7())
	taken, err := r.store.Claim(r.ctx, l, b)
	r.noErr(err)
	if len(taken) != len(entries) {
		r.Fatalf("decided on %v of %d", taken, len(entries))
	}
	return at
}

// wait waits for n messages.
func (r *rig) wait(n int) {
	r.Helper()
	if err := r.broker.Wait(r.ctx, n); err != nil {
		r.Fatalf("wait for %d messages: %v; there are %v", n, err, r.sent())
	}
}

// run is a message as tests compare it.
type run struct {
	name string
	at   string
}

// sent returns what is in the queue, by instant and name.
func (r *rig) sent() []run {
	r.Helper()
	var list []run
	for _, env := range r.broker.Messages("celery") {
		list = append(list, run{r.header(env, beat.HeaderName), r.header(env, beat.HeaderScheduledFor)})
	}
	slices.SortFunc(list, compareRuns)
	return list
}

// compareRuns orders by instant and name.
func compareRuns(a, b run) int {
	return cmp.Or(strings.Compare(a.at, b.at), strings.Compare(a.name, b.name))
}

func (r *rig) header(env message.Envelope, key string) string {
	r.Helper()
	for _, h := range env.Headers {
		if h.Key == key {
			var s string
			r.noErr(json.Unmarshal(h.Value, &s))
			return s
		}
	}
	return ""
}

// want compares what was sent.
func (r *rig) want(want ...run) {
	r.Helper()
	if got := r.sent(); !slices.Equal(got, want) {
		r.Errorf("sent %v, want %v", got, want)
	}
}

// of is the run of a task at an instant.
func of(name string, at time.Time) run { return run{name, beat.FormatInstant(at)} }
