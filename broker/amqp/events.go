package amqp

import (
	"errors"
	"strings"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// prepareEvents declares the exchanges of events as Celery does, once per connection. An exchange that cannot be used is
// reported once, and its events are left out: they never harm their messages. The error is one of the connection.
func (p *Publisher) prepareEvents(l *link, envs []*message.Envelope) error {
	for _, env := range envs {
		event := env.Event
		if event == nil || event.Exchange == "" {
			continue
		}
		if _, known := l.events[event.Exchange]; known {
			continue
		}
		reason, err := p.declareEvents(l, event)
		if err != nil {
			return err
		}
		l.events[event.Exchange] = reason == ""
		if reason != "" && p.reported.add("events of "+event.Exchange) {
			p.config.Logger.Warn("events cannot be published", "exchange", event.Exchange, "reason", reason)
		}
	}
	return nil
}

// declareEvents returns why events cannot be published to their exchange. One that exists as another kind is used as it
// is.
func (p *Publisher) declareEvents(l *link, event *message.Envelope) (refusal string, err error) {
	what := eventsOf(event.Exchange)
	if reason := p.poison.of(what); reason != "" {
		return reason, nil
	}
	err = l.request(func(ch *amqp091.Channel) error {
		return ch.ExchangeDeclare(event.Exchange, event.ExchangeType, true, false, false, false, nil)
	})
	answer, only := isChannelError(err)
	if err == nil || !only {
		p.poisonous(what, err)
		return "", err
	}
	err = l.request(func(ch *amqp091.Channel) error {
		return ch.ExchangeDeclarePassive(event.Exchange, event.ExchangeType, true, false, false, false, nil)
	})
	if _, only := isChannelError(err); only {
		return answer.Reason, nil
	}
	return "", err
}

// eventsOf returns what no queue is named like.
func eventsOf(exchange string) string { return "events\x00" + exchange }

// blameEvents leaves out events for a while when it was one of them for which the broker closed the channel: their
// exchange is internal, or this user may not publish to it.
func (p *Publisher) blameEvents(l *link, closed error) {
	reason, ok := errors.AsType[*amqp091.Error](closed)
	if !ok || reason.Code == amqp091.NotFound { // it will be declared again
		return
	}
	for exchange := range l.events {
		if strings.Contains(reason.Reason, "exchange '"+exchange+"'") {
			p.poison.add(eventsOf(exchange), reason.Reason)
		}
	}
}
