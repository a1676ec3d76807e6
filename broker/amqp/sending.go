package amqp

import (
	"context"
	"errors"
	"fmt"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// A sending writes messages of one flight to one connection. The caller holds the lane.
type sending struct {
	p        *Publisher
	link     *link
	flight   *flight
	messages []message.Envelope
	refused  refusals
	buffer   contentHeader // reused: a header is copied when its message is written
	holding  bool
}

// errChannelClosed means that the broker has closed the channel before a message was written.
var errChannelClosed = errors.New("channel closed")

// all sends with many messages in flight. It tells whether the broker closed the channel before all were written.
func (s *sending) all(ctx context.Context, todo []int) (stopped bool, err error) {
	ch, err := s.link.publishChannel()
	if err != nil {
		return false, err
	}
	ch.settle()
	ch.forget()
	s.hold()
	stopped, err = s.write(ctx, ch, todo)
	if failed := s.release(); err == nil {
		err = failed
	}
	return stopped, err
}

// hold lets messages be held back until many can be written at a time.
func (s *sending) hold() {
	s.holding = true
	s.link.wire.hold()
}

// release writes what was held back.
func (s *sending) release() error {
	s.holding = false
	err := s.link.wire.release()
	if err == nil {
		return nil
	}
	s.link.wire.Close()
	<-s.link.watched
	return fmt.Errorf("%w: the connection was lost: %w", message.ErrUnavailable, err)
}

// write is all without the last write to the network.
func (s *sending) write(ctx context.Context, ch *channel, todo []int) (stopped bool, err error) {
	for _, n := range todo {
		d, err := s.one(ctx, ch, n)
		if errors.Is(err, errChannelClosed) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		failpoint.Reach("publish.half")
		if d != nil {
			s.event(ch, s.messages[n].Event)
			s.count(ch)
		}
	}
	if len(todo) > 0 {
		s.p.mark(s.link, ch)
	}
	return false, nil
}

// count writes a marker after enough messages.
func (s *sending) count(ch *channel) {
	if s.link.unmarked++; s.link.unmarked >= markerEvery {
		s.p.mark(s.link, ch)
	}
}

// event publishes the event of a message that was just written, if it has one.
func (s *sending) event(ch *channel, env *message.Envelope) {
	if env == nil || !s.link.events[env.Exchange] {
		return
	}
	header, err := s.header(env)
	if err != nil {
		return
	}
	ch.hint(env, header)
}

// header encodes the properties of a message. It is good until the next call.
func (s *sending) header(env *message.Envelope) (contentHeader, error) {
	h, err := appendContentHeader(s.buffer[:0], env)
	if err != nil {
		return nil, err
	}
	s.buffer = h
	if len(h)+fixedHeader+frameHeader+frameTail > s.link.conn.Config.FrameSize {
		return nil, fmt.Errorf("the headers are larger than a frame: %w", errProperty)
	}
	return h, nil
}

// one sends one message when there is room. The delivery is nil when the message cannot be sent at all.
func (s *sending) one(ctx context.Context, ch *channel, n int) (*delivery, error) {
	env := &s.messages[n]
	if reason := s.refused.of(env); reason != "" {
		s.flight.set(n, message.Outcome{State: message.Refused, Reason: reason})
		return nil, nil
	}
	header, err := s.header(env)
	if err != nil {
		s.flight.set(n, message.Outcome{State: message.Refused, Reason: err.Error()})
		return nil, nil //nolint:nilerr // the error is the outcome of this message
	}
	if err := s.room(ctx, ch); err != nil {
		return nil, err
	}
	d, err := ch.send(env, header, s.link.surely(env), s.p.config.ConfirmTimeout)
	switch {
	case err == nil:
		s.flight.sent(n, d)
		return d, nil
	case ch.amqp.IsClosed() && s.link.alive():
		return nil, fmt.Errorf("%w: %w", message.ErrUnavailable, errChannelClosed)
	}
	<-s.link.watched
	return nil, s.link.signals.errLost()
}

// room waits until the window has room.
func (s *sending) room(ctx context.Context, ch *channel) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.link.signals.errBlocked(); err != nil {
		return err
	}
	oldest := ch.oldest()
	if oldest == nil || oldest.finished() {
		return nil
	}
	if s.holding {
		if err := s.release(); err != nil {
			return err
		}
		defer s.hold()
	}
	return s.p.wait(ctx, s.link, oldest)
}

// oneByOne sends each message alone on a channel that nobody else uses, so that it is known which one the broker closes
// the channel for.
func (s *sending) oneByOne(ctx context.Context, todo []int) error {
	var ch *channel
	for _, n := range todo {
		if ch == nil || ch.amqp.IsClosed() {
			var err error
			if ch, err = s.link.openChannel(); err != nil {
				return err
			}
		}
		d, err := s.one(ctx, ch, n)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if err := s.p.wait(ctx, s.link, d); err != nil {
			return err
		}
		s.flight.land()
		if reason := ch.closedBy(); reason != nil && s.flight.open(n) {
			s.flight.set(n, message.Outcome{State: message.Refused, Reason: reason.Error()})
			s.p.poison.message(&s.messages[n], reason)
		}
		s.count(ch)
	}
	if ch == nil {
		return nil
	}
	return s.link.call(ch.amqp.Close)
}
