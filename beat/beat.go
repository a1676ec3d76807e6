package beat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Defaults of Config.
const (
	DefaultPollInterval = time.Second
	DefaultLeaseTTL     = 6 * time.Second
	DefaultBatchSize    = 1000
	DefaultMisfireGrace = time.Minute
	DefaultDrainTimeout = 10 * time.Second
	DefaultDeployment   = "beat"
	DefaultCatchUpRate  = 1000

	DefaultUnhealthyAfter = time.Minute

	leaseMargin = time.Second // a leader stops that much before its lease does
	maxOpen     = 12          // batches that may be unconfirmed at a time
	maxDue      = 4           // those of them whose instant has come, beyond which no more are claimed
)

// Config says what a Beat works with. Store, Publisher, Builder and Compiler are required; the zero value of every
// other field means its default.
type Config struct {
	Store     Store
	Publisher Publisher
	Builder   *message.Builder
	Compiler  *Compiler

	// Spread are the publishers of further shards. The work is then spread over as many leaders as there are publishers,
	// at most MostShards, each with a fence and batches of its own, and the processes over the same rows share them out
	// evenly. All of them must be told the same number. Default: none, so one leader does all of it.
	Spread []Publisher

	// Deployment goes into the ids of runs and names the fence at the broker. Beats over the same rows share it.
	Deployment string
	// HolderName tells people who holds the lease; default: empty.
	HolderName string

	PollInterval time.Duration // between two looks for changed rows; default 1 s
	LeaseTTL     time.Duration // default 6 s; at least 3 s
	BatchSize    int           // most runs in a claim; default 1000, at most what the store takes
	MisfireGrace time.Duration // a run later than this is missed for misfire skip; default 1 min
	DrainTimeout time.Duration // most time for finishing work when told to stop; default 10 s

	// StartingDeadline is Celery's beat_cron_starting_deadline: a run of a crontab that is missed by more is not made
	// up, unless its entry has a window of its own; default 0: no limit.
	StartingDeadline time.Duration
	// CatchUpRate is the most runs a second that are made up for entries with misfire all; default 1000.
	CatchUpRate int

	// UnhealthyAfter is how late the oldest due run may be before the beat is unhealthy; default 1 min. With
	// ExitUnhealthy, Run then ends with ErrUnhealthy, so that whoever started the process starts it again.
	UnhealthyAfter time.Duration
	ExitUnhealthy  bool

	// Clock tells the time of day; default time.Now.
	Clock func() time.Time
	// Uptime counts the time since some moment, also while the system is suspended, which Go's monotonic clock leaves
	// out; default: the system's, where there is one.
	Uptime func() time.Duration

	// BareMessages leaves out the headers that tell a task which run it is.
	BareMessages bool
	// Trace gives each message a traceparent header, so that tracing of the workers begins with the schedule.
	Trace bool
	// Heartbeat tells monitors of this beat, for which Publisher must be an Announcer; default: nobody is told.
	Heartbeat *Heartbeat

	Observer Observer     // default: none
	Logger   *slog.Logger // default: discards
}

// Validate says which field is wrong.
func (c *Config) Validate() error {
	switch {
	case c.Store == nil:
		return errors.New("beat config: Store is missing")
	case c.Publisher == nil:
		return errors.New("beat config: Publisher is missing")
	case c.Builder == nil:
		return errors.New("beat config: Builder is missing")
	case c.Compiler == nil:
		return errors.New("beat config: Compiler is missing")
	case len(c.Spread) >= MostShards:
		return fmt.Errorf("beat config: %d publishers, at most %d shards are possible", 1+len(c.Spread), MostShards)
	case slices.Contains(c.Spread, nil):
		return errors.New("beat config: a Publisher of Spread is missing")
	case c.PollInterval < 0:
		return fmt.Errorf("beat config: PollInterval %s is negative", c.PollInterval)
	case c.LeaseTTL != 0 && c.LeaseTTL < 3*leaseMargin:
		return fmt.Errorf("beat config: LeaseTTL %s is below %s", c.LeaseTTL, 3*leaseMargin)
	case c.BatchSize < 0:
		return fmt.Errorf("beat config: BatchSize %d is negative", c.BatchSize)
	case c.MisfireGrace < 0:
		return fmt.Errorf("beat config: MisfireGrace %s is negative", c.MisfireGrace)
	case c.StartingDeadline < 0:
		return fmt.Errorf("beat config: StartingDeadline %s is negative", c.StartingDeadline)
	case c.CatchUpRate < 0:
		return fmt.Errorf("beat config: CatchUpRate %d is negative", c.CatchUpRate)
	case c.UnhealthyAfter < 0:
		return fmt.Errorf("beat config: UnhealthyAfter %s is negative", c.UnhealthyAfter)
	case c.DrainTimeout < 0:
		return fmt.Errorf("beat config: DrainTimeout %s is negative", c.DrainTimeout)
	}
	return c.Heartbeat.validate(c.Publisher)
}

func (c *Config) withDefaults() Config {
	out := *c
	def(&out.Deployment, DefaultDeployment)
	def(&out.PollInterval, DefaultPollInterval)
	def(&out.LeaseTTL, DefaultLeaseTTL)
	def(&out.BatchSize, DefaultBatchSize)
	def(&out.MisfireGrace, DefaultMisfireGrace)
	def(&out.DrainTimeout, DefaultDrainTimeout)
	def(&out.CatchUpRate, DefaultCatchUpRate)
	def(&out.UnhealthyAfter, DefaultUnhealthyAfter)
	if out.Clock == nil {
		out.Clock = time.Now
	}
	if out.Uptime == nil {
		out.Uptime = uptime
	}
	if limit := out.Store.Features().MaxBatch; limit > 0 && out.BatchSize > limit {
		out.BatchSize = limit
	}
	if out.Observer == nil {
		out.Observer = nobody{}
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	return out
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// shards is over how many leaders the work is spread.
func (c *Config) shards() int { return 1 + len(c.Spread) }

// Beat sends due tasks while it leads, and waits for its turn while another one does.
type Beat struct {
	cfg    Config
	render *Renderer
	crew   *crew
	seats  []*seat // one for each shard
	sent   *sentCount
}

// New checks the configuration and returns a Beat that does nothing until Run.
func New(cfg Config) (*Beat, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, fmt.Errorf("make holder id: %w", err)
	}
	b := &Beat{cfg: cfg, sent: &sentCount{Observer: cfg.Observer}}
	b.cfg.Observer = b.sent
	b.render = &Renderer{
		Build:    cfg.Builder,
		Identity: NewIdentity(cfg.Deployment, cfg.Store.Features().Source),
		Bare:     cfg.BareMessages,
		Trace:    cfg.Trace,
	}
	b.crew = newCrew(&b.cfg, Holder{ID: id, Name: cfg.HolderName})
	for i, pub := range append([]Publisher{cfg.Publisher}, cfg.Spread...) {
		b.seats = append(b.seats, newSeat(&b.cfg, i, pub, b.render, b.crew))
	}
	b.crew.seats = b.seats
	return b, nil
}

// Run sends what is due until ctx ends, waiting for its turn while another beat leads. When ctx ends it finishes the
// batches in hand, gives up the lease and returns nil. What goes wrong with the store or the broker is logged and
// tried again; Run returns no error of theirs, but ErrUnhealthy if Config.ExitUnhealthy asks for it, and *ShardsError
// when beats that run already spread the work over another number of shards.
func (b *Beat) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var watching sync.WaitGroup
	watching.Go(func() { b.watch(ctx, stop) })
	if b.crew.join(ctx, stop) {
		b.work(ctx)
	}
	cause := context.Cause(ctx)
	stop(nil)
	watching.Wait()
	if _, disagree := errors.AsType[*ShardsError](cause); disagree || errors.Is(cause, ErrUnhealthy) {
		return cause
	}
	return nil
}

// work lets every shard take its turns until ctx ends.
func (b *Beat) work(ctx context.Context) {
	var watching, working sync.WaitGroup
	crew, endCrew := context.WithCancel(context.WithoutCancel(ctx))
	defer endCrew()
	watching.Go(func() { b.crew.run(crew) })
	watching.Go(func() { b.heart().run(crew) }) // it works until all have given up their leases
	for _, s := range b.seats {
		working.Go(func() { s.run(ctx) })
	}
	working.Wait()
	endCrew()
	watching.Wait()
}

// Health tells how the beat is. It may be called at any time.
func (b *Beat) Health() Health {
	list := make([]Health, len(b.seats))
	for i, s := range b.seats {
		list[i] = s.health()
	}
	return Together(list)
}

// nobody is the Observer of a Beat that was given none.
type nobody struct{}

func (nobody) Sent(Run, string, string, time.Time)   {}
func (nobody) Failed(Failure, string)                {}
func (nobody) Missed(EntryID, string, string, int64) {}
func (nobody) Repaired(Run, string)                  {}
func (nobody) Led(bool, int64)                       {}
