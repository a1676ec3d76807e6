package beat

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

const (
	musterEvery = 2 * time.Second  // a beat tells others that often how it is
	checkLimit  = 2 * time.Second  // of a question whether the broker is there
	brokerGone  = 10 * time.Second // a leader without a broker leaves to others that have one
	cedeAgain   = time.Minute      // but not to one that gave up for the same reason so lately
)

// Causes for which the crew ends a term.
var (
	errBrokerGone = errors.New("the broker cannot be reached, and another beat reaches it")
	errShareOver  = errors.New("another beat is to lead this shard")
)

// crew is what a process knows of the others over the same rows, and what it decides by that: which shards it may take,
// and when it leaves one to somebody else. It is safe for concurrent use.
type crew struct {
	cfg    *Config
	log    *slog.Logger
	holder Holder
	seats  []*seat

	mu      sync.Mutex
	members []Member
	alive   map[uuid.UUID]bool // those that have mustered since the look before the last one
	held    map[int]tenure     // by shard
	ceded   time.Time          // when it last left a lease to others for lack of a broker
	gone    time.Time          // since when the broker cannot be reached, by the monotonic clock; zero: it can

	told string // what was wrong with the crew; of run only
}

// tenure is how a term can be ended: at once, or after the work in hand.
type tenure struct {
	lose  context.CancelCauseFunc
	drain context.CancelCauseFunc
}

func newCrew(cfg *Config, holder Holder) *crew {
	return &crew{cfg: cfg, log: cfg.Logger, holder: holder, held: map[int]tenure{}}
}

// join makes itself known to the others. It returns false when ctx ended first, or when the others spread the work over
// another number of shards, which stop is told.
func (c *crew) join(ctx context.Context, stop context.CancelCauseFunc) bool {
	first := c.seats[0]
	first.status.enter(StateStandby, 0, c.cfg.Clock())
	trouble := first.trouble(withStore)
	wait := newBackoff()
	for {
		members, err := c.muster(ctx)
		if err == nil {
			err = c.unfinished(ctx)
		}
		if err == nil {
			trouble.worked()
			err = c.disagreement(members)
		}
		if _, disagree := errors.AsType[*ShardsError](err); disagree || err == nil {
			if disagree {
				c.leaveAll(ctx)
				stop(err)
			}
			return !disagree
		}
		if ctx.Err() != nil {
			return false
		}
		trouble.failed("tell other beats of this one", err)
		if !wait.wait(ctx) {
			return false
		}
	}
}

// unfinished looks for batches of shards that there are no longer, which nobody would finish. Shards have leases in their
// order, so those of a larger number follow.
func (c *crew) unfinished(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	for shard := c.cfg.shards(); shard < MostShards; shard++ {
		_, err := c.cfg.Store.Leader(ctx, shard)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		open, err := c.cfg.Store.Unsettled(ctx, Lease{Shard: shard, Epoch: math.MaxInt64})
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return &ShardsError{Own: c.cfg.shards(), Other: shard + 1, Unfinished: true}
		}
	}
	return nil
}

// run takes part until ctx ends.
func (c *crew) run(ctx context.Context) {
	for {
		c.look(ctx)
		if !sleep(ctx, musterEvery) {
			break
		}
		c.round(ctx)
	}
	c.leaveAll(ctx)
}

// leaveAll tells the others that this beat is gone.
func (c *crew) leaveAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := c.cfg.Store.Leave(ctx, c.holder.ID); err != nil {
		c.log.Debug("could not tell the others that this beat ends", "error", err)
	}
}

// round tells the others how this beat is, and draws the consequences of how they are.
func (c *crew) round(ctx context.Context) {
	members, err := c.muster(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		c.tell("cannot learn of other beats", err)
		return
	}
	if err := c.disagreement(members); err != nil {
		c.tell("another beat spreads the work differently", err)
	} else {
		c.told = ""
	}
	c.cede()
	c.share()
}

func (c *crew) muster(ctx context.Context) ([]Member, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	members, err := c.cfg.Store.Muster(ctx, c.self(), c.cfg.LeaseTTL)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alive = renewed(c.members, members)
	c.members = members
	return members, nil
}

// tell logs what is wrong once.
func (c *crew) tell(what string, err error) {
	if c.told != what {
		c.told = what
		c.log.Warn("the beats over these rows do not work together as they should", "what", what, "error", err)
	}
}

// look notes whether the broker can be reached. One that is reached and takes nothing for a while, as RabbitMQ under an
// alarm, takes nothing from anybody else either.
func (c *crew) look(ctx context.Context) {
	call, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	err := c.cfg.Publisher.Check(call)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, message.ErrBlocked):
		c.gone = time.Time{}
	case c.gone.IsZero() && ctx.Err() == nil:
		c.gone = time.Now()
	}
}

// self is how the others see this beat.
func (c *crew) self() Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Member{
		Holder: c.holder.ID, Name: c.holder.Name, Shards: c.cfg.shards(), Held: len(c.held), Broker: c.gone.IsZero(),
		Ceded: c.ceded,
	}
}

func (c *crew) disagreement(members []Member) error {
	for _, m := range members {
		if m.Shards != c.cfg.shards() {
			return &ShardsError{Own: c.cfg.shards(), Other: m.Shards, By: cmp.Or(m.Name, m.Holder.String())}
		}
	}
	return nil
}

// cede gives everything up when the broker has been away from here for long and not from another. Two beats that lose the
// broker in turn do not pass the lease to and fro.
func (c *crew) cede() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone.IsZero() || time.Since(c.gone) < brokerGone || len(c.held) == 0 {
		return
	}
	now := c.cfg.Clock()
	better := slices.ContainsFunc(c.members, func(m Member) bool {
		return m.Holder != c.holder.ID && m.Broker && (m.Ceded.IsZero() || now.Sub(m.Ceded).Abs() > cedeAgain)
	})
	if !better {
		return
	}
	c.ceded = now.UTC()
	for _, t := range c.held {
		t.lose(errBrokerGone)
	}
}

// renewed returns those of now that have mustered since before.
func renewed(before, now []Member) map[uuid.UUID]bool {
	alive := map[uuid.UUID]bool{}
	for _, m := range now {
		alive[m.Holder] = slices.ContainsFunc(before, func(o Member) bool {
			return o.Holder == m.Holder && m.Until.After(o.Until)
		})
	}
	return alive
}

// share gives up shards that others are to have: only as many as others lack that were seen to be alive, so that no
// shard waits for a beat that has just died.
func (c *crew) share() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.shards() == 1 || !c.gone.IsZero() {
		return
	}
	lacking := 0
	for _, m := range c.members {
		if m.Holder != c.holder.ID && c.alive[m.Holder] {
			lacking += max(0, quota(c.members, m.Holder, c.cfg.shards())-m.Held)
		}
	}
	excess := min(len(c.held)-c.quota(), lacking)
	if excess <= 0 {
		return
	}
	shards := make([]int, 0, len(c.held))
	for shard := range c.held {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	for _, shard := range shards[len(shards)-excess:] {
		if t := c.held[shard]; t.drain != nil {
			t.drain(errShareOver)
		}
	}
}

// quota is how many shards this beat should lead: as many as any other that reaches the broker. What cannot be divided
// stays with those that have most. The caller holds the mutex.
func (c *crew) quota() int {
	return quota(c.members, c.holder.ID, c.cfg.shards())
}

func quota(members []Member, of uuid.UUID, shards int) int {
	able := slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return !m.Broker })
	if len(able) == 0 {
		able = slices.Clone(members)
	}
	slices.SortFunc(able, func(a, b Member) int {
		return cmp.Or(cmp.Compare(b.Held, a.Held), bytes.Compare(a.Holder[:], b.Holder[:]))
	})
	at := slices.IndexFunc(able, func(m Member) bool { return m.Holder == of })
	switch {
	case len(able) == 0:
		return shards // nobody is known yet
	case at < 0:
		return 0
	case at < shards%len(able):
		return shards/len(able) + 1
	}
	return shards / len(able)
}

// take tells whether a shard may be asked for, and if so counts it as held until it is left. A beat without a broker
// takes none while another has one.
func (c *crew) take(shard int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	able := c.gone.IsZero() || !slices.ContainsFunc(c.members, func(m Member) bool {
		return m.Holder != c.holder.ID && m.Broker
	})
	if !able || c.cfg.shards() > 1 && len(c.held) >= c.quota() {
		return false
	}
	c.held[shard] = tenure{lose: ignore}
	return true
}

// claim counts a shard as held whatever the others do.
func (c *crew) claim(shard int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[shard] = tenure{lose: ignore}
}

// leads notes how the term of a shard can be ended.
func (c *crew) leads(shard int, t tenure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[shard] = t
}

// leave counts a shard as not held.
func (c *crew) leave(shard int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, shard)
}

func ignore(error) {}
