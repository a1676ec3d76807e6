package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redisdial"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// A Publisher hands batches to one Redis. Its methods are safe for concurrent use. Create it with New.
type Publisher struct {
	config   Config
	urls     []broker.URL
	client   *goredis.Client
	dialer   *redisdial.Dialer
	publish  script
	takeOver script
	headed   atomic.Bool // the server takes scripts with a head line
	declared declarations
	history  history
	lapses   chan struct{}

	warnEviction sync.Once

	mu      sync.Mutex
	fence   message.Fence
	cluster *goredis.ClusterClient // takes the place of client once the server turns out to be a node of one
	closed  bool
}

// New returns a publisher to the first of the URLs that answers, or to the master that they name when they are those of
// sentinels. Nothing is connected yet.
func New(urls []broker.URL, c Config) (*Publisher, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := c.Sentinel.Check(urls); err != nil {
		return nil, err
	}
	c.DB = urls[0].DB
	if limit := urls[0].ConnectTimeout; limit > 0 {
		c.DialTimeout = limit
	}
	var by net.Dialer
	if c.NoKeepAlive {
		by.KeepAlive = -1
	}
	p := &Publisher{
		config: c.withDefaults(), urls: urls, dialer: redisdial.New(urls, c.Sentinel, by),
		publish: newScript(publishSource), takeOver: newScript(takeOverSource),
		lapses: make(chan struct{}, 1),
	}
	p.client = goredis.NewClient(p.options())
	return p, nil
}

// ready returns the fence, or ErrClosed.
func (p *Publisher) ready() (message.Fence, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return p.fence, message.ErrClosed
	}
	return p.fence, nil
}

// TakeOver stores the epoch of a new leader; from then on the scripts of others are refused. The zero Fence makes the
// publisher one that leads nothing. It returns *message.FencedError when the stored epoch is not smaller.
func (p *Publisher) TakeOver(ctx context.Context, f message.Fence) error {
	if _, err := p.ready(); err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	if f != (message.Fence{}) {
		keys := []string{p.config.stateKeys(f).state}
		verdict, detail, err := p.run(ctx, p.takeOver, keys, []any{f.Epoch, f.Nonce.String()})
		if err != nil {
			return fmt.Errorf("take over: %w", p.unavailable(err))
		}
		if verdict != "OK" {
			return fenced(detail)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fence = f
	return nil
}

// Publish pushes a batch. Chunks that the server remembers are not pushed again. A message that cannot be routed is
// Returned, one whose queue is not a list Refused; the others are sent.
func (p *Publisher) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	out := make([]message.Outcome, len(b.Messages))
	fence, err := p.ready()
	if err != nil {
		return out, fmt.Errorf("publish: %w", err)
	}
	if len(out) == 0 {
		return out, nil
	}
	targets, err := p.route(ctx, b, out)
	if err != nil {
		return make([]message.Outcome, len(out)), fmt.Errorf("publish: %w", p.unavailable(err))
	}
	for n := range chunks(len(out)) {
		from, to := n*chunkSize, min((n+1)*chunkSize, len(out))
		chunk := p.newChunk(chunkID(b.ID, n), b.Messages[from:to], targets[from:to], out[from:to])
		if err := p.push(ctx, fence, chunk, out[from:to]); err != nil {
			fillRest(out[from:], to-from, err)
			return out, fmt.Errorf("publish: %w", err)
		}
		failpoint.Reach("publish.half")
	}
	return out, nil
}

// push runs the script for one chunk and reads the outcomes.
func (p *Publisher) push(ctx context.Context, f message.Fence, c *chunk, out []message.Outcome) error {
	k := p.config.stateKeys(f)
	nonce := ""
	if f != (message.Fence{}) {
		nonce = f.Nonce.String()
	}
	keys := append([]string{k.state, k.batches, k.ring}, c.keys...)
	args := append([]any{f.Epoch, nonce, c.id, p.config.RingSize, c.notes.String()}, c.copies...)
	failpoint.Soon("publish.sent")
	verdict, detail, err := p.run(ctx, p.publish, keys, args)
	switch {
	case err != nil:
		return p.unavailable(err)
	case verdict == "FENCED":
		if detail == "0" {
			p.lapse() // not another leader: what TakeOver stored is gone
		}
		return fenced(detail)
	}
	return readNotes(detail, out)
}

// fillRest sets the outcomes from the first message of the failed chunk on. When the server said that it did not
// carry out the script, nothing of this chunk was sent; what comes after it was not even tried.
func fillRest(out []message.Outcome, failed int, err error) {
	replied := serverReply(err)
	for i := range out {
		switch {
		case i >= failed:
			out[i] = message.Outcome{State: message.Rejected, Reason: "not tried after an earlier message failed"}
		case replied != "":
			out[i] = message.Outcome{State: message.Rejected, Reason: replied}
		default:
			out[i] = message.Outcome{}
		}
	}
}

// Lookup tells what the server remembers of a batch of n messages: Unknown for those of chunks that it does not, be it
// that they were never pushed, or lost.
func (p *Publisher) Lookup(ctx context.Context, batch uuid.UUID, n int) ([]message.Outcome, error) {
	out := make([]message.Outcome, n)
	fence, err := p.ready()
	if err != nil {
		return out, fmt.Errorf("look up batch: %w", err)
	}
	if n == 0 {
		return out, nil
	}
	ids := make([]string, chunks(n))
	for i := range ids {
		ids[i] = chunkID(batch, i)
	}
	var notes []any
	err = p.with(func(c goredis.UniversalClient) (err error) {
		notes, err = c.HMGet(ctx, p.config.stateKeys(fence).batches, ids...).Result()
		return err
	})
	if err != nil {
		return out, fmt.Errorf("look up batch: %w", p.unavailable(err))
	}
	for i, note := range notes {
		if text, known := note.(string); known {
			if err := readNotes(text, out[i*chunkSize:min((i+1)*chunkSize, n)]); err != nil {
				return out, fmt.Errorf("look up batch: %w", err)
			}
		}
	}
	return out, nil
}

// Check tells whether the server answers. A leader also finds out whether the server still knows it; that it does not is
// a lapse, not an error.
func (p *Publisher) Check(ctx context.Context) error {
	fence, err := p.ready()
	if err != nil {
		return fmt.Errorf("check broker: %w", err)
	}
	err = p.with(func(c goredis.UniversalClient) error {
		if fence == (message.Fence{}) {
			return c.Ping(ctx).Err()
		}
		err := c.HGet(ctx, p.config.stateKeys(fence).state, "epoch").Err()
		if errors.Is(err, goredis.Nil) {
			p.lapse()
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("check broker %s: %w", p.urls[0], p.unavailable(err))
	}
	return nil
}

// Close ends the connections. It is idempotent.
func (p *Publisher) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	err := p.client.Close()
	if p.cluster != nil {
		err = errors.Join(err, p.cluster.Close())
	}
	if err != nil && !errors.Is(err, goredis.ErrClosed) {
		return fmt.Errorf("close connections: %w", err)
	}
	return nil
}
