package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// Programs under test.
const (
	Gobeat     = "gobeat"
	CeleryBeat = "celery beat"
	RedBeat    = "RedBeat"
)

// Figure is a result of a test: what was measured, and what it should be.
type Figure struct {
	Test    string  `json:"test"`
	What    string  `json:"what"` // of the test, when it has several
	Who     string  `json:"who"`
	Broker  string  `json:"broker"`
	Figure  string  `json:"figure"`
	Bar     string  `json:"bar"`
	OK      bool    `json:"ok"`
	Short   bool    `json:"short"`
	Seed    uint64  `json:"seed"`
	Seconds float64 `json:"seconds"` // that the test took until it had this figure
	Load    string  `json:"load"`    // of the machine, as /proc/loadavg has it
	Values  any     `json:"values,omitempty"`
}

// Upgrades is the test that needs a beat of an earlier commit.
const Upgrades = "P6"

// Test is one of the tests.
type Test struct {
	ID    string
	Title string
	Run   func(ctx context.Context, b *Bench) error
}

// All returns the tests in order.
func All() []Test {
	return []Test{
		{"L1", "no fault at all", calm},
		{"P1", "kill -9 at random times and at every fail point", kills},
		{"P2", "two beats, the leader ends", failovers},
		{"P3", "two beats, the leader is stopped and goes on later", stops},
		{"P10", "kill -9 with the rows in each store", everyStore},
		{"R1", "the broker is away", outages},
		{"R3", "RabbitMQ is killed in full flow", brokerKilled},
		{"R4", "RabbitMQ raises its memory alarm", alarm},
		{"R5", "one row's messages cannot be delivered", undeliverable},
		{"R7", "connections to the broker are cut in the middle", cutConnections},
		{"D1", "the database is killed and comes back", databaseAway},
		{"D2", "answers to claims are lost", lostAnswers},
		{"D5", "the database loses its last commits", lostCommits},
		{"R9", "Redis loses its data", lostData},
		{"R11", "guard and marker of RabbitMQ, round after round", guardRounds},
		{"C1", "the clock of the beat steps", localClockSteps},
		{"C2", "the clock of the database steps", databaseClockSteps},
		{"W1", "garbage rows among good ones", garbage},
		{"W4", "stale rows are saved over newer ones", staleSaves},
		{"S4", "all sorts of faults by chance", soak},
		{Upgrades, "rolling upgrade and back", upgrades},
		{"T1", "throughput with all guarantees", throughput},
	}
}

// Bench is what a test works with.
type Bench struct {
	Tools   site.Tools
	Servers *site.Servers
	Seed    uint64
	Short   bool
	Stores  []site.Store // of the test that tries several
	Dir     string       // for the folders of runs
	Report  func(Figure) // takes the results

	test  Test
	begun time.Time
	rng   *rand.Rand
	sites int
	store string        // under test, where there are several
	loads time.Duration // that the store takes for a load
}

// Run runs a test.
func (b *Bench) Run(ctx context.Context, t Test) error {
	b.test, b.begun, b.sites = t, time.Now(), 0
	b.rng = rand.New(rand.NewPCG(b.Seed, uint64(len(t.ID))))
	if err := t.Run(ctx, b); err != nil {
		return fmt.Errorf("%s: %w", t.ID, err)
	}
	return nil
}

// figure reports a result.
func (b *Bench) figure(f Figure) {
	f.Test, f.Short, f.Seed = b.test.ID, b.Short, b.Seed
	if b.store != "" {
		f.What = b.store + ", " + f.What
	}
	f.Seconds, f.Load = time.Since(b.begun).Seconds(), machineLoad()
	b.Report(f)
}

// pick returns one of two numbers: that of the short form, or that of the full one.
func pick[T any](b *Bench, short, full T) T {
	if b.Short {
		return short
	}
	return full
}

// kinds are the brokers that most tests run on.
func kinds() []server.Kind { return []server.Kind{server.Redis(), server.RabbitMQ()} }

// title is the name of a broker as people write it.
func title(k server.Kind) string {
	if k.Name == server.Redis().Name {
		return "Redis"
	}
	return "RabbitMQ"
}

// onEach runs a test on each broker, with a site on the shared servers.
func (b *Bench) onEach(ctx context.Context, run func(ctx context.Context, broker server.Kind, s *site.Site) error) error {
	for _, broker := range kinds() {
		s, err := b.site(ctx, broker)
		if err != nil {
			return err
		}
		if err := closing(ctx, run(ctx, broker, s), s); err != nil {
			return fmt.Errorf("%s: %w", broker.Name, err)
		}
	}
	return nil
}

// site makes a site on the shared servers.
func (b *Bench) site(ctx context.Context, broker server.Kind) (*site.Site, error) {
	queues, err := b.Servers.Shared(ctx, broker)
	if err != nil {
		return nil, err
	}
	database, err := b.Servers.Shared(ctx, server.Postgres())
	if err != nil {
		return nil, err
	}
	return b.siteOn(ctx, database, queues)
}

// siteOn makes a site on given servers.
func (b *Bench) siteOn(ctx context.Context, database, broker *server.Server) (*site.Site, error) {
	return site.New(ctx, b.Tools, b.Servers, b.dir(), database, broker)
}

// dir is the folder of the next site.
func (b *Bench) dir() string {
	b.sites++
	return filepath.Join(b.Dir, strings.ToLower(b.test.ID)+"-"+strconv.Itoa(b.sites))
}

// sleep lets a run go on for a while.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// between returns a random time.
func (b *Bench) between(low, high time.Duration) time.Duration {
	return low + time.Duration(b.rng.Int64N(int64(high-low)))
}
