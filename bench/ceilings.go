package main

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

const (
	ceilingTime  = 4 * time.Second
	messageBytes = 900  // about what one of ours has
	together     = 1000 // commands, messages or rows at a time
)

// ceilings is what the servers can do when nobody decides, records or encodes anything.
func ceilings(ctx context.Context, b *bench) error {
	for _, c := range []struct {
		on, what string
		run      func(ctx context.Context, b *bench) (float64, error)
	}{
		{"Redis", "pipelined LPUSH", lpush},
		{"RabbitMQ", "publishes, confirmed, 1,000 in flight", confirmedPublishes},
		{"RabbitMQ", "publishes, unconfirmed", plainPublishes},
		{"PostgreSQL", "rows updated by key, 1,000 a statement", updates},
	} {
		rate, err := c.run(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		b.record.note(figure{Scenario: "ceilings", Who: "the server", On: c.on, What: c.what, Value: rate, Unit: "/s"})
	}
	return nil
}

func lpush(ctx context.Context, b *bench) (float64, error) {
	q, err := openQueue(ctx, b.redis)
	if err != nil {
		return 0, err
	}
	defer q.close()
	client := q.(redisQueue).client
	body := make([]byte, messageBytes)
	begin, n := time.Now(), 0
	for ; time.Since(begin) < ceilingTime; n += together {
		if _, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for range together {
				p.LPush(ctx, queueName, body)
			}
			return nil
		}); err != nil {
			return 0, fmt.Errorf("push: %w", err)
		}
	}
	rate := float64(n) / time.Since(begin).Seconds()
	_, err = q.empty(ctx)
	return rate, err
}

func confirmedPublishes(ctx context.Context, b *bench) (float64, error) {
	return publishes(ctx, b, true)
}

func plainPublishes(ctx context.Context, b *bench) (float64, error) { return publishes(ctx, b, false) }

func publishes(ctx context.Context, b *bench, confirm bool) (rate float64, err error) {
	q, err := openQueue(ctx, b.rabbit)
	if err != nil {
		return 0, err
	}
	defer q.close()
	ch := q.(*rabbitQueue).ch
	if confirm {
		if err := ch.Confirm(false); err != nil {
			return 0, fmt.Errorf("ask for confirms: %w", err)
		}
	}
	flight := make([]*amqp.DeferredConfirmation, together)
	message := amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "application/json", Body: make([]byte, messageBytes)}
	begin, n := time.Now(), 0
	for ; time.Since(begin) < ceilingTime; n++ {
		if oldest := flight[n%together]; oldest != nil {
			if _, err := oldest.WaitContext(ctx); err != nil {
				return 0, fmt.Errorf("wait for a confirm: %w", err)
			}
		}
		if flight[n%together], err = ch.PublishWithDeferredConfirmWithContext(ctx, "", queueName, confirm, false, message); err != nil {
			return 0, fmt.Errorf("publish: %w", err)
		}
	}
	if _, err := q.empty(ctx); err != nil { // answered after all that was published
		return 0, err
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

func updates(ctx context.Context, b *bench) (float64, error) {
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return 0, err
	}
	defer s.close()
	const rows = 50 * together
	for _, sql := range []string{
		"create table bench_row (id bigint primary key, at timestamptz, n bigint not null default 0) with (fillfactor = 60)",
		fmt.Sprintf("insert into bench_row (id, at) select i, now() from generate_series(1, %d) i", rows),
		"vacuum analyze bench_row",
	} {
		if err := s.exec(ctx, sql); err != nil {
			return 0, err
		}
	}
	ids := make([]int64, together)
	begin, n := time.Now(), 0
	for ; time.Since(begin) < ceilingTime; n += together {
		for i := range ids {
			ids[i] = int64((n+i)%rows + 1)
		}
		err := s.exec(ctx, "update bench_row r set at = clock_timestamp(), n = n + 1 from unnest($1::bigint[]) v(id) where r.id = v.id", ids)
		if err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}
