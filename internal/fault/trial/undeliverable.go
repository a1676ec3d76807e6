package trial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// badRow is a row whose messages the broker does not take, and what the ledger must say of each.
type badRow struct{ name, columns, values, state string }

func badRows() []badRow {
	return []badRow{
		{"unroutable", "exchange, routing_key", "'fault.empty', 'nobody'", "returned"},
		{"exchange missing (404)", "exchange, routing_key", "'fault.nowhere', 'nobody'", "refused"},
		{"permission taken (403)", "exchange, routing_key", "'fault.forbidden', 'nobody'", "refused"},
		{"queue with other arguments (406)", "queue", "'fault.odd'", "confirmed"},
		{"queue full (nack)", "queue", "'fault.full'", "rejected"},
	}
}

// undeliverable adds rows of which each meets another refusal, to rows that must stay on time.
func undeliverable(ctx context.Context, b *Bench) (err error) {
	s, broker, err := b.ownBroker(ctx, server.RabbitMQ())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	if err := obstruct(ctx, s, broker); err != nil {
		return err
	}
	for _, bad := range badRows() {
		err := s.Exec(ctx, `with t as (insert into periodic_task (name, task, `+bad.columns+`) values ($1, 'fault.bad', `+bad.values+`)
			returning id) insert into task_schedule (task_id, kind, second) select id, 'crontab', '*' from t`, bad.name)
		if err != nil {
			return err
		}
	}
	_, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	v, _, err := b.finish(ctx, s, from, pick(b, 10*time.Second, time.Minute))
	if err != nil {
		return err
	}
	fine := true
	for _, bad := range badRows() {
		other, err := s.Number(ctx, `select count(*) from beat_ledger l join task_schedule t on t.id = l.schedule_id
			join periodic_task p on p.id = t.task_id where p.name = $1 and l.state <> $2`, bad.name, bad.state)
		if err != nil {
			return err
		}
		right, err := s.Number(ctx, `select count(*) from beat_ledger l join task_schedule t on t.id = l.schedule_id
			join periodic_task p on p.id = t.task_id where p.name = $1 and l.state = $2`, bad.name, bad.state)
		if err != nil {
			return err
		}
		if bad.state == "rejected" {
			other-- // the first one fills the queue
		}
		fine = fine && right > 0 && other <= 0
		b.figure(Figure{
			What: bad.name, Who: Gobeat, Broker: title(server.RabbitMQ()), OK: right > 0 && other <= 0,
			Figure: fmt.Sprintf("%d runs recorded as %s, %d otherwise", right, bad.state, max(0, other)),
			Bar:    "each recorded as " + bad.state,
		})
	}
	b.figure(Figure{
		What: "the other rows", Who: Gobeat, Broker: title(server.RabbitMQ()), OK: v.Clean() && v.Due > 0 && v.Calm.At(0.99) <= time.Second,
		Figure: fmt.Sprintf("%s; late p50 %s, p99 %s", &v, ms(v.Calm.At(0.5)), ms(v.Calm.At(0.99))), Bar: "nothing wrong, late p99 ≤ 1 s",
		Values: &v,
	})
	return nil
}

// obstruct makes what the bad rows meet.
func obstruct(ctx context.Context, s *site.Site, broker *server.Server) error {
	conn, err := amqp091.Dial(s.Broker)
	if err != nil {
		return fmt.Errorf("prepare the broker: %w", err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("prepare the broker: %w", err)
	}
	_, odd := ch.QueueDeclare("fault.odd", true, false, false, false, amqp091.Table{"x-max-priority": int32(3)})
	_, full := ch.QueueDeclare("fault.full", true, false, false, false,
		amqp091.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"})
	return errors.Join(odd, full,
		ch.ExchangeDeclare("fault.empty", "direct", true, false, false, false, nil),
		ch.ExchangeDeclare("fault.forbidden", "direct", true, false, false, false, nil),
		permit(ctx, s, broker, `^(?!fault\\.(forbidden|nowhere)).*$`, `^(?!fault\\.forbidden).*$`))
}

// permit sets what the user of the beats may configure and write.
func permit(ctx context.Context, s *site.Site, broker *server.Server, configure, write string) error {
	u, err := url.Parse(s.Broker)
	if err != nil {
		return fmt.Errorf("read URL of the broker: %w", err)
	}
	target, err := url.JoinPath(broker.APIURL(), "api", "permissions", u.Path, u.User.Username())
	if err != nil {
		return fmt.Errorf("read URL of the broker: %w", err)
	}
	body := fmt.Sprintf(`{"configure": "%s", "write": "%s", "read": ".*"}`, configure, write)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, target, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("set permissions: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("set permissions: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("set permissions: %s", response.Status)
	}
	return nil
}
