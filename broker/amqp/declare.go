package amqp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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
		if q == nil || seen[q.Name] || l.declared[q.Name] && !expires(q) {
			continue
		}
		seen[q.Name] = true
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
	arguments, err := tableOf(q.Arguments)
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

// takesAll tells whether a message that is routed to a queue is in it for good as soon as the broker has processed it. A
// quorum queue has to ask others first, and some queues reject what they have no room for.
func takesAll(q *message.Queue) bool {
	for _, a := range q.Arguments {
		switch value := string(a.Value); a.Key {
		case "x-queue-type":
			if value != `"classic"` {
				return false
			}
		case "x-overflow":
			if value != `"drop-head"` {
				return false
			}
		}
	}
	return !expires(q)
}

// surely tells whether a message is in its queue when a later one on the same channel has been processed.
func (l *link) surely(env *message.Envelope) bool {
	q := env.Declare
	if q == nil || !l.sure[q.Name] {
		return false
	}
	if env.Exchange == "" {
		return env.RoutingKey == q.Name
	}
	return env.Exchange == q.Exchange && env.RoutingKey == q.RoutingKey
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

// tableOf turns arguments of a queue into the client library's form.
func tableOf(arguments []message.Header) (amqp091.Table, error) {
	if len(arguments) == 0 {
		return nil, nil
	}
	out := amqp091.Table{}
	for _, a := range arguments {
		f, err := parseField(a.Value)
		if err == nil {
			out[a.Key], err = f.value()
		}
		if err != nil {
			return nil, fmt.Errorf("queue argument %.80q: %w", a.Key, err)
		}
	}
	return out, nil
}

// value returns a field as the client library takes it.
func (f field) value() (any, error) {
	switch f.kind {
	case 'V':
		return nil, nil
	case 't':
		return f.bytes[0] == 1, nil
	case 'I':
		return int32(binary.BigEndian.Uint32(f.bytes)), nil
	case 'L':
		return int64(binary.BigEndian.Uint64(f.bytes)), nil
	case 'd':
		return math.Float64frombits(binary.BigEndian.Uint64(f.bytes)), nil
	case 'S':
		return string(f.bytes[4:]), nil
	}
	return nil, errors.New("lists and objects are not supported")
}
