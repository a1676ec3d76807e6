package beat

import (
	"errors"
	"fmt"
	"log/slog"
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
	maxOpen     = 4           // batches that may be unconfirmed at a time
)

// Config says what a Beat works with. Store, Publisher, Builder and Compiler are required; the zero value of every
// other field means its default.
type Config struct {
	Store     Store
	Publisher Publisher
	Builder   *message.Builder
	Compiler  *Compiler

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

	// BareMessages leaves out the headers that tell a task which run it is.
	BareMessages bool
	// Trace gives each message a traceparent header, so that tracing of the workers begins with the schedule.
	Trace bool

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
	return nil
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

// Beat sends due tasks while it leads, and waits for its turn while another one does.
type Beat struct {
	cfg    Config
	log    *slog.Logger
	render *Renderer
	holder Holder

	status   *status
	clocks   *clocks
	watchman *watchman
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
	status := &status{h: Health{State: StateStopped, Since: cfg.Clock().UTC()}, entered: time.Now()}
	return &Beat{
		cfg:    cfg,
		log:    cfg.Logger,
		status: status,
		clocks: &clocks{log: cfg.Logger, now: cfg.Clock},

		watchman: newWatchman(cfg.Store, cfg.Logger),
		render: &Renderer{
			Build:    cfg.Builder,
			Identity: NewIdentity(cfg.Deployment, cfg.Store.Features().Source),
			Bare:     cfg.BareMessages,
			Trace:    cfg.Trace,
		},
		holder: Holder{ID: id, Name: cfg.HolderName},
	}, nil
}

// Health tells how the beat is. It may be called at any time.
func (b *Beat) Health() Health {
	h := b.status.read()
	h.Skew = b.clocks.skew()
	return h
}

// nobody is the Observer of a Beat that was given none.
type nobody struct{}

func (nobody) Sent(Run, string, string, time.Time)   {}
func (nobody) Failed(Failure, string)                {}
func (nobody) Missed(EntryID, string, string, int64) {}
func (nobody) Led(bool, int64)                       {}
