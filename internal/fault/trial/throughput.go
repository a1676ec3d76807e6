package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

const (
	offered    = 40_000 // runs a second that are due, more than can be sent
	mostRedis  = 20_000 // runs a second that are to be sent at least
	partRabbit = 0.9    // of what a plain client gets confirmed
)

// throughput lets more fall due than can be sent, on a database that syncs each commit, with every guarantee on. What was
// sent must be exactly what the ledger has.
func throughput(ctx context.Context, b *Bench) error {
	for _, kind := range kinds() {
		if err := b.throughputOn(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind.Name, err)
		}
	}
	return nil
}

func (b *Bench) throughputOn(ctx context.Context, kind server.Kind) (err error) {
	database, err := b.Servers.Own(ctx, server.Postgres(), "-c", "fsync=on", "-c", "shared_buffers=256MB")
	if err != nil {
		return err
	}
	broker, err := b.Servers.Own(ctx, kind)
	if err != nil {
		return err
	}
	s, err := b.siteOn(ctx, database, broker)
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	if _, err := s.Received(); err != nil { // the recorder would take the processors from what is measured
		return err
	}
	var q counter
	if kind.Name == server.Redis().Name {
		q, err = newRedisCounter(s.BrokerURL())
	} else {
		q, err = newRabbitCounter(s.BrokerURL())
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.close()) }()
	least, bar := float64(mostRedis), fmt.Sprintf("≥ %d/s", mostRedis)
	if r, ok := q.(*rabbitCounter); ok {
		ceiling, err := r.ceiling(ctx, pick(b, 4*time.Second, 15*time.Second))
		if err != nil {
			return err
		}
		least, bar = partRabbit*ceiling, fmt.Sprintf("≥ 90 %% of the %.0f/s that a plain client gets confirmed", ceiling)
	}
	if err := s.Load(ctx, site.Steady(offered, 1, time.Now(), history.Last)); err != nil {
		return err
	}
	beat, err := s.QuietBeat(ctx, "beat")
	if err != nil {
		return err
	}
	rate, total, err := measure(ctx, q, pick(b, 8*time.Second, time.Minute))
	if err != nil {
		return err
	}
	if err := beat.Stop(); err != nil {
		return err
	}
	rest, err := q.take(ctx)
	if err != nil {
		return err
	}
	total += rest
	recorded, err := s.Number(ctx, `select count(*) from beat_ledger where state = 'confirmed'`)
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(kind), OK: rate >= least && recorded == total,
		Figure: fmt.Sprintf("%.0f/s of %d/s due; %d messages, %d confirmed in the ledger", rate, offered, total, recorded),
		Bar:    bar + ", both equal", Values: map[string]float64{"per_second": rate, "least": least},
	})
	return nil
}

// measure counts for a while, from when messages flow.
func measure(ctx context.Context, q counter, d time.Duration) (rate float64, total int64, err error) {
	const look = 100 * time.Millisecond
	var begin time.Time
	var counted int64
	for {
		n, err := q.take(ctx)
		if err != nil {
			return 0, 0, err
		}
		total += n
		switch now := time.Now(); {
		case begin.IsZero() && n > 0:
			begin = now.Add(2 * time.Second) // the first second catches up
		case !begin.IsZero() && now.After(begin):
			counted += n
			if took := now.Sub(begin); took >= d {
				return float64(counted) / took.Seconds(), total, nil
			}
		}
		if err := sleep(ctx, look); err != nil {
			return 0, 0, err
		}
	}
}

// counter empties the default queue and counts.
type counter interface {
	take(ctx context.Context) (int64, error)
	close() error
}

type redisCounter struct{ client *goredis.Client }

func newRedisCounter(url string) (*redisCounter, error) {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("read URL of Redis: %w", err)
	}
	return &redisCounter{goredis.NewClient(o)}, nil
}

func (c *redisCounter) take(ctx context.Context) (int64, error) {
	var length *goredis.IntCmd
	_, err := c.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		length = p.LLen(ctx, site.FirstQueue)
		p.Unlink(ctx, site.FirstQueue)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("empty the queue: %w", err)
	}
	return length.Val(), nil
}

func (c *redisCounter) close() error { return c.client.Close() }

type rabbitCounter struct {
	conn *amqp091.Connection
	ch   *amqp091.Channel
}

func newRabbitCounter(url string) (*rabbitCounter, error) {
	conn, err := amqp091.Dial(url)
	if err != nil {
		return nil, fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	ch, err := conn.Channel()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a channel: %w", err), conn.Close())
	}
	return &rabbitCounter{conn, ch}, nil
}

func (c *rabbitCounter) take(context.Context) (int64, error) {
	n, err := c.ch.QueuePurge(site.FirstQueue, false)
	if err != nil {
		return 0, fmt.Errorf("empty the queue: %w", err)
	}
	return int64(n), nil
}

func (c *rabbitCounter) close() error { return c.conn.Close() }

// ceiling is how many persistent messages of the size of ours a plain client gets confirmed in a second, with as many
// in flight as beat has.
func (c *rabbitCounter) ceiling(ctx context.Context, d time.Duration) (float64, error) {
	ch, err := c.conn.Channel()
	if err != nil {
		return 0, fmt.Errorf("open a channel: %w", err)
	}
	defer ch.Close()
	if err := ch.Confirm(false); err != nil {
		return 0, fmt.Errorf("ask for confirms: %w", err)
	}
	const inFlight = 1000
	flight := make([]*amqp091.DeferredConfirmation, inFlight)
	message := amqp091.Publishing{
		DeliveryMode: amqp091.Persistent, ContentType: "application/json", Body: make([]byte, 100),
		Headers: amqp091.Table{"task": string(make([]byte, 600))},
	}
	begin, n := time.Now(), 0
	for ; time.Since(begin) < d; n++ {
		if oldest := flight[n%inFlight]; oldest != nil {
			if _, err := oldest.WaitContext(ctx); err != nil {
				return 0, fmt.Errorf("wait for a confirm: %w", err)
			}
		}
		if flight[n%inFlight], err = ch.PublishWithDeferredConfirmWithContext(ctx, "", site.FirstQueue, true, false, message); err != nil {
			return 0, fmt.Errorf("publish: %w", err)
		}
	}
	rate := float64(n-inFlight) / time.Since(begin).Seconds()
	for _, d := range flight { // what comes into the queue later would be taken for ours
		if _, err := d.WaitContext(ctx); err != nil {
			return 0, fmt.Errorf("wait for a confirm: %w", err)
		}
	}
	_, err = c.take(ctx)
	return rate, err
}
