package beat

import (
	"log/slog"
	"sync/atomic"
)

// seat is one shard as this process stands by for it and leads it.
type seat struct {
	cfg    *Config
	shard  int
	pub    Publisher
	log    *slog.Logger
	render *Renderer
	holder Holder

	status   *status
	clocks   *clocks
	watchman *watchman
	crew     *crew

	lapsed atomic.Bool // the broker may have lost what it confirmed, and that was not looked into yet
}

// newSeat makes the seat of a shard.
func newSeat(cfg *Config, shard int, pub Publisher, render *Renderer, c *crew) *seat {
	log := cfg.Logger
	if cfg.shards() > 1 {
		log = log.With("shard", shard)
	}
	s := &seat{
		cfg: cfg, shard: shard, pub: pub, log: log, render: render, holder: c.holder, crew: c,
		status: newStatus(cfg.Clock()),
		clocks: &clocks{log: log, now: cfg.Clock},
	}
	if cfg.shards() <= mostVigils {
		s.watchman = newWatchman(cfg.Store, shard, log)
	}
	return s
}

// owns tells whether an entry belongs to the seat's shard.
func (s *seat) owns(id EntryID) bool { return ShardOf(id, s.cfg.shards()) == s.shard }

// health tells how the seat is.
func (s *seat) health() Health {
	h := s.status.read()
	h.Skew = s.clocks.skew()
	return h
}

// lapses returns the channel on which the publisher tells that its broker may have lost what it confirmed; nil when it
// cannot tell, or when its broker remembers nothing anyway.
func (s *seat) lapses() <-chan struct{} {
	if m, ok := s.pub.(Memory); ok {
		return m.Lapses()
	}
	return nil
}
