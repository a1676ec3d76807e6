package amqp

import (
	"context"
	"errors"
	"fmt"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// errEvents means that the exchange of events cannot be used.
var errEvents = errors.New("events cannot be published")

// announcements is the channel for events that belong to no message, so that the broker may close it and nothing else
// is touched.
type announcements struct {
	amqp   *amqp091.Channel
	closed <-chan *amqp091.Error // receives why the broker closed it
}

// Announce publishes an event for monitors, connecting if needed; no guard is asked. Nobody confirms it. What the broker
// has against it is seen at the next one, and then events are left out as they are with messages.
func (p *Publisher) Announce(ctx context.Context, event message.Envelope) error {
	header, err := appendContentHeader(nil, &event)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	err = p.inLane(ctx, func(ctx context.Context) error {
		l, err := p.connect(ctx)
		if err != nil {
			return err
		}
		return p.announce(l, &event, header)
	})
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

// announce publishes an event on a connection. The caller holds the lane.
func (p *Publisher) announce(l *link, event *message.Envelope, header contentHeader) error {
	p.blameAnnounced(l, event.Exchange)
	if err := p.prepareEvents(l, []*message.Envelope{{Event: event}}); err != nil {
		return err
	}
	if !l.events[event.Exchange] {
		return fmt.Errorf("exchange %q: %w", event.Exchange, errEvents) // prepareEvents has told why
	}
	ch, err := l.announceChannel()
	if err != nil {
		return err
	}
	l.wire.expect(header)
	if err := ch.Publish(event.Exchange, event.RoutingKey, false, false, amqp091.Publishing{Body: event.Body}); err != nil {
		l.wire.expect(nil)
		return fmt.Errorf("%w: %w", message.ErrUnavailable, err)
	}
	return nil
}

// announceChannel returns the channel for events, opening it when needed.
func (l *link) announceChannel() (*amqp091.Channel, error) {
	a := &l.announcements
	if a.amqp != nil && !a.amqp.IsClosed() {
		return a.amqp, nil
	}
	err := l.call(func() (err error) {
		a.amqp, err = l.conn.Channel()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: open channel: %w", message.ErrUnavailable, err)
	}
	a.closed = a.amqp.NotifyClose(make(chan *amqp091.Error, 1))
	return a.amqp, nil
}

// blameAnnounced looks whether the broker closed the channel for the last event. An exchange that is gone is declared
// again; for any other reason events are left out for a while.
func (p *Publisher) blameAnnounced(l *link, exchange string) {
	a := l.announcements
	if a.amqp == nil || !a.amqp.IsClosed() {
		return
	}
	l.announcements = announcements{}
	delete(l.events, exchange)
	if reason := <-a.closed; reason != nil && reason.Code != amqp091.NotFound {
		p.poison.add(eventsOf(exchange), reason.Reason)
	}
}
