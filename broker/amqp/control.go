package amqp

import (
	"context"
	"fmt"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// replyExpires is after how many milliseconds without a reader the broker removes the queue of answers, as with kombu.
const replyExpires = 10_000

// Control sends a request to workers on a channel of its own; no guard is asked. It implements pidbox.Carrier.
func (p *Publisher) Control(ctx context.Context, c pidbox.Control, take func(pidbox.Answer)) error {
	header, err := appendContentHeader(nil, &c.Request)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	var ch *amqp091.Channel
	var answers <-chan amqp091.Delivery
	err = p.inLane(ctx, func(ctx context.Context) error {
		l, err := p.connect(ctx)
		if err != nil {
			return err
		}
		err = l.call(func() (err error) {
			ch, err = l.conn.Channel()
			return err
		})
		if err != nil {
			return fmt.Errorf("%w: open channel: %w", message.ErrUnavailable, err)
		}
		err = l.call(func() (err error) {
			answers, err = readAnswers(ch, &c)
			return err
		})
		if err != nil {
			return err
		}
		l.wire.expect(header)
		if err := ch.Publish(c.Request.Exchange, "", false, false, amqp091.Publishing{Body: c.Request.Body}); err != nil {
			l.wire.expect(nil)
			return fmt.Errorf("%w: %w", message.ErrUnavailable, err)
		}
		return nil
	})
	if ch != nil {
		defer func() { _ = ch.Close() }() // and with it the queue of answers
	}
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	for {
		select {
		case d, ok := <-answers:
			if !ok {
				return fmt.Errorf("control: %w: the channel was closed", message.ErrUnavailable)
			}
			take(pidbox.Answer{ContentType: d.ContentType, Body: d.Body})
		case <-ctx.Done():
			return nil
		}
	}
}

// readAnswers declares both exchanges as kombu does and reads a queue of answers.
func readAnswers(ch *amqp091.Channel, c *pidbox.Control) (<-chan amqp091.Delivery, error) {
	if err := ch.ExchangeDeclare(c.Request.Exchange, "fanout", false, false, false, false, nil); err != nil {
		return nil, fmt.Errorf("declare exchange %s: %w", c.Request.Exchange, err)
	}
	if err := ch.ExchangeDeclare(c.ReplyExchange, "direct", false, false, false, false, nil); err != nil {
		return nil, fmt.Errorf("declare exchange %s: %w", c.ReplyExchange, err)
	}
	args := amqp091.Table{"x-expires": int32(replyExpires)}
	if _, err := ch.QueueDeclare(c.ReplyQueue, false, true, true, false, args); err != nil {
		return nil, fmt.Errorf("declare queue of answers: %w", err)
	}
	if err := ch.QueueBind(c.ReplyQueue, c.ReplyKey, c.ReplyExchange, false, nil); err != nil {
		return nil, fmt.Errorf("bind queue of answers: %w", err)
	}
	answers, err := ch.Consume(c.ReplyQueue, "", true, true, false, false, nil)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return answers, nil
}
