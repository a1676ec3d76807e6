package amqp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/message"
)

// A Publisher hands batches to one RabbitMQ. Its methods are safe for concurrent use. Create it with New.
type Publisher struct {
	config  Config
	urls    []broker.URL
	lane    chan struct{} // holds a token while somebody declares or sends
	closing chan struct{} // closed by Close
	work    sync.WaitGroup
	signals *signals

	flights  flights
	poison   poison
	reported set
	vanished set // queues to be declared again
	next     int // number of the URL to begin with; belongs to the holder of the lane

	mu     sync.Mutex
	link   *link
	fence  message.Fence
	closed bool
}

// New returns a publisher to the first of the URLs that answers. Nothing is connected yet.
func New(urls []broker.URL, c Config) (*Publisher, error) {
	if len(urls) == 0 {
		return nil, errors.New("no broker URL")
	}
	for _, u := range urls {
		if u.Driver() != broker.DriverAMQP {
			return nil, errors.New("a broker URL is not one of AMQP")
		}
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p := &Publisher{
		config: c.withDefaults(), urls: slices.Clone(urls), lane: make(chan struct{}, 1), closing: make(chan struct{}),
		signals: &signals{blocked: make(chan struct{})},
	}
	if c.Failover == Shuffle { // the first one stays the first
		shuffle(p.urls[1:])
	}
	return p, nil
}

func shuffle(urls []broker.URL) {
	rand.Shuffle(len(urls), func(i, j int) { urls[i], urls[j] = urls[j], urls[i] })
}

// connect returns the connection, making one when there is none that lives. The caller holds the lane.
func (p *Publisher) connect(ctx context.Context) (*link, error) {
	p.mu.Lock()
	old := p.link
	p.mu.Unlock()
	if old != nil {
		if old.alive() {
			return old, old.signals.errBlocked()
		}
		old.close()
		p.keep(nil)
		p.turn()
	}
	var failures []error
	for range p.urls {
		u := p.urls[p.next%len(p.urls)]
		l, err := dial(ctx, u, p.config, p.signals)
		if err == nil {
			p.keep(l)
			return l, nil
		}
		failures = append(failures, fmt.Errorf("connect to %s: %w", u, err))
		if ctx.Err() != nil {
			break
		}
		p.turn()
	}
	return nil, fmt.Errorf("%w: %w", message.ErrUnavailable, errors.Join(failures...))
}

// turn goes on to the next URL, and begins a new order when all had their turn and the order is by chance.
func (p *Publisher) turn() {
	if p.next++; p.next%len(p.urls) == 0 && p.config.Failover == Shuffle {
		shuffle(p.urls)
	}
}

func (p *Publisher) keep(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = l
}

// Check connects if needed and tells whether the broker takes messages.
func (p *Publisher) Check(ctx context.Context) error {
	err := p.inLane(ctx, func(ctx context.Context) error {
		_, err := p.connect(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("check broker: %w", err)
	}
	return nil
}

// Lookup tells what is known of a batch: by this process, and by the last marker of a leader since TakeOver. It asks
// nobody.
func (p *Publisher) Lookup(ctx context.Context, batch uuid.UUID, n int) ([]message.Outcome, error) {
	out := make([]message.Outcome, n)
	select {
	case <-p.closing:
		return out, fmt.Errorf("look up batch: %w", message.ErrClosed)
	default:
	}
	if ctx.Err() != nil {
		return out, fmt.Errorf("look up batch: %w", context.Cause(ctx))
	}
	if f := p.flights.find(batch); f != nil {
		f.land()
		copy(out, f.outcomes(false))
	}
	return out, nil
}

// Close ends the connection, and the guard with it. It is idempotent.
func (p *Publisher) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	l := p.link
	p.mu.Unlock()
	close(p.closing)
	if l != nil {
		l.end() // frees whoever waits for the broker in the lane
	}
	p.work.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link != nil {
		p.link.close()
	}
	return nil
}
