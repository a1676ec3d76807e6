package amqp

import (
	"errors"
	"fmt"
	"strings"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// prepare declares the queues of messages as Celery does, once per connection, and looks up exchanges that nobody here
// declares. It returns why messages cannot be sent, by queue and by exchange; the error is one of the connection.
func (p *Publisher) prepare(l *link, envs []*message.Envelope) (refusals, error) {
	r := refusals{queues: map[string]string{}, exchanges: map[string]string{}, routes: map[string]string{}}
	seen := map[string]bool{}
	for _, env := range envs {
		q := env.Declare
		if q == nil || seen[q.Name] {
			continue
		}
		seen[q.Name] = true
		if gone := p.vanished.remove(q.Name); l.declared[q.Name] && !expires(q) && !gone {
			continue
		}
		reason, err := p.declare(l, q)
		if err != nil {
			return r, err
		}
		if reason != "" {
			r.queues[q.Name] = reason
			continue
		}
		l.declared[q.Name] = true
		if declaresExchange(q) {
			l.exchanges[q.Exchange] = true
		}
	}
	for _, env := range envs {
		if reason := p.poison.ofMessage(env); reason != "" {
			r.routes[routeOf(env)] = reason
			continue
		}
		name := env.Exchange
		if name == "" || l.exchanges[name] || r.exchanges[name] != "" {
			continue
		}
		err := l.request(func(ch *amqp091.Channel) error {
			return ch.ExchangeDeclarePassive(name, "direct", true, false, false, false, nil)
		})
		if closed, only := isChannelError(err); only {
			r.exchanges[name] = closed.Reason
			continue
		}
		if err != nil {
			return r, err
		}
		l.exchanges[name] = true
	}
	return r, p.prepareEvents(l, envs)
}

// refusals say why messages of queues, to exchanges and on routes cannot be sent.
type refusals struct{ queues, exchanges, routes map[string]string }

func (r refusals) of(env *message.Envelope) string {
	if env.Declare != nil && r.queues[env.Declare.Name] != "" {
		return r.queues[env.Declare.Name]
	}
	if len(r.routes) > 0 && r.routes[routeOf(env)] != "" {
		return r.routes[routeOf(env)]
	}
	return r.exchanges[env.Exchange]
}

// expires tells whether a queue may have gone since it was declared; Celery declares such queues each time.
func expires(q *message.Queue) bool {
	for _, a := range q.Arguments {
		if a.Key == "x-expires" {
			return true
		}
	}
	return q.AutoDelete
}

// declare declares exchange, queue and binding. When the broker refuses, because they exist with other arguments or
// because this user may not, but the queue is there, messages are published to it all the same; that is reported once.
func (p *Publisher) declare(l *link, q *message.Queue) (refusal string, err error) {
	if reason := p.poison.of(q.Name); reason != "" {
		return reason, nil
	}
	arguments, _, err := tableOf(q.Arguments)
	if err != nil {
		return err.Error(), nil //nolint:nilerr // the error is why messages of this queue are refused
	}
	l.sure[q.Name] = false
	err = l.request(func(ch *amqp091.Channel) error { return declareOn(ch, q, arguments) })
	if err == nil {
		l.sure[q.Name] = takesAll(q)
		return "", nil
	}
	answer, only := isChannelError(err)
	if !only {
		p.poisonous(q.Name, err)
		return "", err
	}
	err = l.request(func(ch *amqp091.Channel) error {
		_, err := ch.QueueDeclarePassive(q.Name, q.Durable, q.AutoDelete, q.Exclusive, false, nil)
		return err
	})
	if err == nil {
		if p.reported.add(q.Name) {
			p.config.Logger.Warn("queue exists and cannot be declared, publishing to it as it is",
				"queue", q.Name, "argument", differing(answer.Reason), "reason", answer.Reason)
		}
		return "", nil
	}
	if _, only := isChannelError(err); only {
		return answer.Reason, nil
	}
	return "", err
}

// poisonous remembers a declaration that cost the connection, so that it is not tried again at once.
func (p *Publisher) poisonous(what string, err error) {
	if e, ok := errors.AsType[*amqp091.Error](err); ok && e.Server {
		p.poison.add(what, e.Reason)
	}
}

// differing returns the argument that RabbitMQ names when something exists in another form, or nothing.
func differing(reason string) string {
	_, rest, _ := strings.Cut(reason, "inequivalent arg '")
	name, _, _ := strings.Cut(rest, "'")
	return name
}

// declareOn sends the declarations of a queue in Celery's order.
func declareOn(ch *amqp091.Channel, q *message.Queue, arguments amqp091.Table) error {
	if declaresExchange(q) {
		err := ch.ExchangeDeclare(q.Exchange, q.ExchangeType, !q.ExchangeTransient, q.ExchangeAutoDelete, false, false, nil)
		if err != nil {
			return err
		}
	}
	if _, err := ch.QueueDeclare(q.Name, q.Durable, q.AutoDelete, q.Exclusive, false, arguments); err != nil {
		return err
	}
	if q.Exchange == "" {
		return nil
	}
	return ch.QueueBind(q.Name, q.RoutingKey, q.Exchange, false, nil)
}

// request runs requests on the channel for declarations, opening it when needed. When the broker answers with an
// error, that channel, or the connection, is closed.
func (l *link) request(f func(*amqp091.Channel) error) error {
	err := l.call(func() (err error) {
		if l.control == nil || l.control.IsClosed() {
			if l.control, err = l.conn.Channel(); err != nil {
				return err
			}
		}
		return f(l.control)
	})
	if err == nil {
		return nil
	}
	if _, only := isChannelError(err); only {
		return fmt.Errorf("declare: %w", err)
	}
	return fmt.Errorf("declare: %w: %w", message.ErrUnavailable, err)
}
