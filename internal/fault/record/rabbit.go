package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// rabbit records the queues of a RabbitMQ, on one connection after the other.
func (r *Recorder) rabbit(ctx context.Context, url string, queues []string, ready func()) error {
	for announce := sync.OnceFunc(ready); ; {
		err := r.connection(ctx, url, queues, announce)
		if ctx.Err() != nil || errors.Is(err, errOurs) {
			return err
		}
		rest(ctx)
	}
}

// connection records on one connection until it breaks or ctx ends, each queue on a channel of its own, so that what is
// acknowledged is what was written.
func (r *Recorder) connection(ctx context.Context, url string, queues []string, ready func()) error {
	conn, err := amqp091.Dial(url)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	defer conn.Close()
	consumers := make([]*consumer, len(queues))
	for i, q := range queues {
		if consumers[i], err = r.consume(conn, q); err != nil {
			return fmt.Errorf("record %s: %w", q, err)
		}
	}
	ready()
	errs := make([]error, len(queues))
	var all sync.WaitGroup
	for i, c := range consumers {
		all.Go(func() { errs[i] = c.follow(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// consumer consumes one queue.
type consumer struct {
	r     *Recorder
	queue string
	ch    *amqp091.Channel
	in    <-chan amqp091.Delivery
}

// consume declares a queue as Celery does, and consumes it.
func (r *Recorder) consume(conn *amqp091.Connection, queue string) (*consumer, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Qos(2*mostAtOnce, 0, false); err != nil {
		return nil, err
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return nil, err
	}
	in, err := ch.Consume(queue, queue, false, false, false, false, nil)
	return &consumer{r: r, queue: queue, ch: ch, in: in}, err
}

// follow writes down what comes until the connection breaks, or ctx ends and nothing is left.
func (c *consumer) follow(ctx context.Context) error {
	for {
		select {
		case d, ok := <-c.in:
			if !ok {
				return fmt.Errorf("record %s: %w", c.queue, amqp091.ErrClosed)
			}
			if err := c.take(d); err != nil {
				return err
			}
		case <-ctx.Done():
			return c.last()
		}
	}
}

// last takes what is left.
func (c *consumer) last() error {
	if err := c.ch.Cancel(c.queue, false); err != nil {
		return fmt.Errorf("record %s: %w", c.queue, err)
	}
	for d := range c.in { // it is closed behind what had come
		if err := c.take(d); err != nil {
			return err
		}
	}
	for {
		d, ok, err := c.ch.Get(c.queue, false)
		if err != nil {
			return fmt.Errorf("record %s: %w", c.queue, err)
		}
		if !ok {
			return nil
		}
		if err := c.take(d); err != nil {
			return err
		}
	}
}

// take writes a message and those that wait behind it, and then acknowledges them. When that does not reach the broker,
// it will give them out again.
func (c *consumer) take(d amqp091.Delivery) error {
	all := make([]history.Arrival, 0, mostAtOnce)
	for {
		a, err := c.arrival(d)
		if err != nil {
			return fmt.Errorf("%w: %w", errOurs, err)
		}
		all = append(all, a)
		if len(all) == mostAtOnce {
			break
		}
		next, more := c.next()
		if !more {
			break
		}
		d = next
	}
	if err := c.r.write(all); err != nil {
		return fmt.Errorf("%w: %w", errOurs, err)
	}
	_ = c.ch.Ack(d.DeliveryTag, true)
	return nil
}

// next returns a message that is there already.
func (c *consumer) next() (amqp091.Delivery, bool) {
	select {
	case d, ok := <-c.in:
		return d, ok
	default:
		return amqp091.Delivery{}, false
	}
}

func (c *consumer) arrival(d amqp091.Delivery) (history.Arrival, error) {
	a := history.Arrival{Queue: c.queue, Redelivered: d.Redelivered}
	c.r.stamp(&a)
	text, err := json.Marshal(d.Headers)
	if err != nil {
		return a, fmt.Errorf("read headers: %w", err)
	}
	var h headers
	if err := json.Unmarshal(text, &h); err != nil {
		return a, fmt.Errorf("read headers: %w", err)
	}
	return a, fill(&a, &h, d.Body)
}
