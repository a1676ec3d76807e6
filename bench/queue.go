package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// queue is Celery's default queue as a consumer sees it.
type queue interface {
	// take waits for n messages and returns when each arrived, and fewer when no more have come for the patience.
	take(ctx context.Context, n int, patience time.Duration) ([]time.Time, error)
	// empty removes what is there and returns how much that was.
	empty(ctx context.Context) (int64, error)
	close()
}

const queueName = "celery"

func openQueue(ctx context.Context, url string) (queue, error) {
	if strings.HasPrefix(url, "redis") {
		o, err := redis.ParseURL(url)
		if err != nil {
			return nil, fmt.Errorf("read URL of Redis: %w", err)
		}
		q := redisQueue{redis.NewClient(o)}
		if err := q.client.FlushDB(ctx).Err(); err != nil {
			return nil, fmt.Errorf("empty Redis: %w", err)
		}
		return q, nil
	}
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("open channel: %w", err)
	}
	if _, err := ch.QueueDeclare(queueName, true, false, false, false, nil); err != nil {
		return nil, fmt.Errorf("declare queue: %w", err)
	}
	if _, err := ch.QueuePurge(queueName, false); err != nil {
		return nil, fmt.Errorf("empty queue: %w", err)
	}
	return &rabbitQueue{conn: conn, ch: ch}, nil
}

type redisQueue struct{ client *redis.Client }

// take looks at the length of the list, which costs the server less than handing out what is in it.
func (q redisQueue) take(ctx context.Context, n int, patience time.Duration) (arrived []time.Time, err error) {
	for last := time.Now(); len(arrived) < n && time.Since(last) < patience; {
		length, err := q.client.LLen(ctx, queueName).Result()
		if err != nil {
			return nil, fmt.Errorf("count messages: %w", err)
		}
		now := time.Now()
		for len(arrived) < int(length) {
			arrived = append(arrived, now)
			last = now
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return nil, err
		}
	}
	_, err = q.empty(ctx)
	return arrived, err
}

func (q redisQueue) empty(ctx context.Context) (int64, error) {
	var length *redis.IntCmd
	_, err := q.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		length = p.LLen(ctx, queueName)
		p.Unlink(ctx, queueName)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("empty the queue: %w", err)
	}
	return length.Val(), nil
}

func (q redisQueue) close() { _ = q.client.Close() }

type rabbitQueue struct {
	conn *amqp.Connection
	ch   *amqp.Channel
	in   <-chan amqp.Delivery
}

func (q *rabbitQueue) take(ctx context.Context, n int, patience time.Duration) (arrived []time.Time, err error) {
	if q.in == nil {
		if q.in, err = q.ch.ConsumeWithContext(ctx, queueName, "", true, true, false, false, nil); err != nil {
			return nil, fmt.Errorf("consume: %w", err)
		}
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for len(arrived) < n {
		select {
		case <-q.in:
			arrived = append(arrived, time.Now())
			limit.Reset(patience)
		case <-limit.C:
			return arrived, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return arrived, nil
}

func (q *rabbitQueue) empty(context.Context) (int64, error) {
	n, err := q.ch.QueuePurge(queueName, false)
	if err != nil {
		return 0, fmt.Errorf("empty the queue: %w", err)
	}
	return int64(n), nil
}

func (q *rabbitQueue) close() { _ = q.conn.Close() }
