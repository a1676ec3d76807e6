package record

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// redis records the lists of a Redis, each by a connection of its own.
func (r *Recorder) redis(ctx context.Context, url string, queues []string, ready func()) error {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	o.MaxRetries = -1
	client := goredis.NewClient(o)
	defer client.Close()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	ready()
	errs := make([]error, len(queues))
	var all sync.WaitGroup
	for i, q := range queues {
		l := list{r: r, client: client, queue: q, aside: "recorded:" + q}
		all.Go(func() { errs[i] = l.follow(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// list is a queue with the place of a message that was taken and may not be written yet.
type list struct {
	r            *Recorder
	client       *goredis.Client
	queue, aside string
}

// follow takes messages until ctx ends, and then what is left.
func (l *list) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		err := l.client.BLMove(ctx, l.queue, l.aside, "RIGHT", "LEFT", time.Second).Err()
		if err == nil || errors.Is(err, goredis.Nil) {
			err = l.take(ctx)
		}
		if errors.Is(err, errOurs) {
			return err
		}
		if err != nil {
			rest(ctx)
		}
	}
	return l.take(context.WithoutCancel(ctx))
}

// take writes down what lies aside and in the queue, and only then removes it. Nobody else takes from the queue, and
// whoever adds does so at the other end.
func (l *list) take(ctx context.Context) error {
	aside, err := l.client.LRange(ctx, l.aside, 0, -1).Result()
	if err != nil {
		return err
	}
	if len(aside) > 0 {
		if err := l.write(aside); err != nil {
			return err
		}
		if err := l.client.Del(ctx, l.aside).Err(); err != nil {
			return err
		}
	}
	for {
		some, err := l.client.LRange(ctx, l.queue, -mostAtOnce, -1).Result()
		if err != nil || len(some) == 0 {
			return err
		}
		if err := l.write(some); err != nil {
			return err
		}
		if err := l.client.LTrim(ctx, l.queue, 0, int64(-len(some)-1)).Err(); err != nil {
			return err
		}
	}
}

// write writes messages of which the last one is the oldest.
func (l *list) write(texts []string) error {
	all := make([]history.Arrival, len(texts))
	for i := range texts {
		a := &all[len(texts)-1-i]
		a.Queue = l.queue
		l.r.stamp(a)
		if err := parseKombu([]byte(texts[i]), a); err != nil {
			return fmt.Errorf("%w: %w", errOurs, err)
		}
	}
	if err := l.r.write(all); err != nil {
		return fmt.Errorf("%w: %w", errOurs, err)
	}
	return nil
}
