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
	// take waits for n messages and returns when the last one arrived.
	take(ctx context.Context, n int) (time.Time, error)
	close()
}

func openQueue(ctx context.Context, url string) (queue, error) {
	if strings.HasPrefix(url, "redis") {
		o, err := redis.ParseURL(url)
		if err != nil {
			return nil, fmt.Errorf("read URL of Redis: %w", err)
		}
		q := redisQueue{redis.NewClient(o)}
		return q, q.client.Del(ctx, "celery").Err()
	}
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("open channel: %w", err)
	}
	if _, err := ch.QueueDeclare("celery", true, false, false, false, nil); err != nil {
		return nil, fmt.Errorf("declare queue: %w", err)
	}
	if _, err := ch.QueuePurge("celery", false); err != nil {
		return nil, fmt.Errorf("empty queue: %w", err)
	}
	in, err := ch.ConsumeWithContext(ctx, "celery", "", true, true, false, false, nil)
	if err != nil {
		return nil, fmt.Errorf("consume: %w", err)
	}
	return rabbitQueue{conn, in}, nil
}

type redisQueue struct{ client *redis.Client }

func (q redisQueue) take(ctx context.Context, n int) (time.Time, error) {
	for range n {
		if err := q.client.BRPop(ctx, 30*time.Second, "celery").Err(); err != nil {
			return time.Time{}, fmt.Errorf("wait for a message: %w", err)
		}
	}
	return time.Now(), nil
}

func (q redisQueue) close() { _ = q.client.Close() }

type rabbitQueue struct {
	conn *amqp.Connection
	in   <-chan amqp.Delivery
}

func (q rabbitQueue) take(ctx context.Context, n int) (time.Time, error) {
	limit := time.After(time.Minute)
	for i := range n {
		select {
		case <-q.in:
		case <-limit:
			return time.Time{}, fmt.Errorf("message %d of %d did not arrive", i+1, n)
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		}
	}
	return time.Now(), nil
}

func (q rabbitQueue) close() { _ = q.conn.Close() }
