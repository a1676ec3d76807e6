package redis

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// Control sends a request to workers as kombu does: to the channel of the fanout exchange; answers come into a list that is
// bound to the exchange for them. It implements pidbox.Carrier.
func (p *Publisher) Control(ctx context.Context, c pidbox.Control, take func(pidbox.Answer)) error {
	if _, err := p.ready(); err != nil {
		return fmt.Errorf("control: %w", err)
	}
	err := p.with(func(client goredis.UniversalClient) error { return p.control(ctx, client, c, take) })
	if err != nil {
		return fmt.Errorf("control: %w", p.unavailable(err))
	}
	return nil
}

func (p *Publisher) control(
	ctx context.Context, client goredis.UniversalClient, c pidbox.Control, take func(pidbox.Answer),
) (err error) {
	bindings := p.config.bindingKey(c.ReplyExchange)
	binding := p.config.bindingMember(&message.Queue{Name: c.ReplyQueue, Exchange: c.ReplyExchange, RoutingKey: c.ReplyKey})
	list := p.config.stepKey(c.ReplyQueue, 0)
	if err := client.SAdd(ctx, bindings, binding).Err(); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_, failed := client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
			pipe.SRem(ctx, bindings, binding)
			pipe.Del(ctx, list)
			return nil
		})
		err = errors.Join(err, failed)
	}()
	heard, err := client.Publish(ctx, p.config.eventChannel(&c.Request), p.config.eventText(&c.Request)).Result()
	if err != nil || heard == 0 {
		return err
	}
	whole := context.WithoutCancel(ctx) // the end of the wait must not cut a command short, which would look like a broken connection
	for ctx.Err() == nil {
		text, err := client.LPop(whole, list).Bytes()
		switch {
		case errors.Is(err, goredis.Nil):
			wait(ctx, controlPoll)
		case err != nil:
			return err
		default:
			take(controlAnswer(text))
		}
	}
	return nil
}

// controlPoll is the time between two looks for answers. A blocking command would hold one of few connections.
const controlPoll = 20 * time.Millisecond

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// controlAnswer takes kombu's envelope apart; what is none is left as it is, and is no answer.
func controlAnswer(text []byte) pidbox.Answer {
	var envelope struct {
		Body        string `json:"body"`
		ContentType string `json:"content-type"`
		Properties  struct {
			Encoding string `json:"body_encoding"`
		} `json:"properties"`
	}
	if json.Unmarshal(text, &envelope) != nil {
		return pidbox.Answer{Body: text}
	}
	body := []byte(envelope.Body)
	if envelope.Properties.Encoding == "base64" {
		plain, err := base64.StdEncoding.DecodeString(envelope.Body)
		if err != nil {
			return pidbox.Answer{Body: text}
		}
		body = plain
	}
	return pidbox.Answer{ContentType: envelope.ContentType, Body: body}
}
