package amqp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/message"
)

// A link is one connection with its channels. Except for the signals it is used by the holder of the lane only.
type link struct {
	config Config
	conn   *amqp091.Connection
	wire   *framedConn
	url    broker.URL

	publishing *channel               // nil until used, or after the broker closed it
	control    *amqp091.Channel       // for declarations; the same
	fence      message.Fence          // the leader whose guard this connection holds, else zero
	marker     atomic.Pointer[string] // queue of its markers; nil when there is none
	unmarked   int                    // messages since the last marker
	declared   map[string]bool        // names of queues
	sure       map[string]bool        // names of queues that take whatever is routed to them before a marker arrives
	exchanges  map[string]bool        // exchanges that exist
	events     map[string]bool        // exchanges for events, false when they cannot be used

	announcements announcements  // unused until somebody announces
	channels      []*channel     // all that were opened, to be waited for
	signals       *signals       // set by the watcher
	watched       chan struct{}  // closed when the watcher has ended
	guarding      sync.WaitGroup // the goroutine that watches the guard
}

// dial connects to one URL.
func dial(ctx context.Context, u broker.URL, c Config, s *signals) (*link, error) {
	limit := c.DialTimeout
	if u.ConnectTimeout > 0 {
		limit = u.ConnectTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	raw, err := u.Dial(ctx)
	if err != nil {
		return nil, err
	}
	wire := newFramedConn(raw, c.ReplyTimeout)
	login := credentials(u, c.LoginMethod)
	stop := context.AfterFunc(ctx, func() { wire.Close() })
	conn, err := amqp091.Open(wire, amqp091.Config{
		SASL:       []amqp091.Authentication{login},
		Vhost:      u.VHost,
		Heartbeat:  c.Heartbeat,
		FrameSize:  frameMax,
		Locale:     "en_US",
		Properties: c.properties(),
	})
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		wire.Close() // ends the goroutines of the library
		if ended := wire.ended(); ended != nil && (isAlert(ended) || errors.Is(err, amqp091.ErrClosed)) {
			err = ended // the library has seen it and goes on to say that the connection is closed
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if errors.Is(err, amqp091.ErrSASL) {
			err = fmt.Errorf("the broker does not offer login method %s: %w", login.Mechanism(), err)
		}
		return nil, err
	}
	l := &link{
		config: c, conn: conn, wire: wire, url: u,
		declared: map[string]bool{}, sure: map[string]bool{}, exchanges: map[string]bool{}, events: map[string]bool{},
		signals: s, watched: make(chan struct{}),
	}
	s.reset()
	go l.watch(conn.NotifyBlocked(make(chan amqp091.Blocking)), conn.NotifyClose(make(chan *amqp091.Error, 1)))
	return l, nil
}

// properties returns what the broker is told about its client.
func (c Config) properties() amqp091.Table {
	out := amqp091.Table{"product": "gobeat", "connection_name": "beat"}
	for name, value := range c.ClientProperties {
		out[name] = value
	}
	return out
}

// credentials returns how to log in.
func credentials(u broker.URL, method string) amqp091.Authentication {
	if u.LoginMethod != "" {
		method = u.LoginMethod
	}
	switch strings.ToUpper(method) {
	case loginAMQPlain:
		return &amqp091.AMQPlainAuth{Username: u.User, Password: u.Password()}
	case loginExternal:
		return &amqp091.ExternalAuth{}
	}
	return &amqp091.PlainAuth{Username: u.User, Password: u.Password()}
}

// watch keeps the signals until the connection ends, when the library closes both channels.
func (l *link) watch(blocked <-chan amqp091.Blocking, closed <-chan *amqp091.Error) {
	defer close(l.watched)
	for blocked != nil || closed != nil {
		select {
		case b, ok := <-blocked:
			if !ok {
				blocked = nil
				continue
			}
			l.signals.set(b)
			l.report(b)
		case err, ok := <-closed:
			if !ok {
				closed = nil
				continue
			}
			l.signals.setLost(err)
		}
	}
}

// report tells people about a broker that takes no messages.
func (l *link) report(b amqp091.Blocking) {
	if b.Active {
		l.config.Logger.Warn("the broker takes no messages", "broker", l.url, "reason", b.Reason)
		return
	}
	l.config.Logger.Info("the broker takes messages again", "broker", l.url)
}

func (l *link) alive() bool { return !l.conn.IsClosed() }

// call runs an exchange with the broker that the library does not bound. A connection on which it takes too long is
// closed, unless the broker said that it blocks it.
func (l *link) call(f func() error) error {
	stop := make(chan struct{})
	var watchdog sync.WaitGroup
	watchdog.Go(func() {
		timer := time.NewTimer(l.config.ReplyTimeout)
		defer timer.Stop()
		for {
			select {
			case <-stop:
				return
			case <-timer.C:
				if l.signals.errBlocked() == nil {
					l.wire.Close()
					return
				}
				timer.Reset(l.config.ReplyTimeout)
			}
		}
	})
	err := f()
	close(stop)
	watchdog.Wait()
	return err
}

// end closes the connection. Whoever waits for the broker is freed by it. The library's own deadline does not help: the
// heartbeats of a broker that blocks the connection, and so does not answer, move it on and on.
func (l *link) end() {
	limit := time.AfterFunc(closeLimit, func() { l.wire.Close() })
	defer limit.Stop()
	if err := l.conn.Close(); err != nil {
		l.wire.Close() // it was closed already, or the peer did not answer
	}
}

// close ends the connection and waits for what belongs to it.
func (l *link) close() {
	l.end()
	<-l.watched
	l.guarding.Wait()
	for _, ch := range l.channels {
		<-ch.done
	}
}

// closeLimit is how long a polite end of a connection may take.
const closeLimit = 2 * time.Second

// isChannelError tells whether the broker answered with an error that closed a channel only.
func isChannelError(err error) (*amqp091.Error, bool) {
	e, ok := errors.AsType[*amqp091.Error](err)
	return e, ok && e.Server && (e.Code == amqp091.NotFound || e.Code == amqp091.AccessRefused ||
		e.Code == amqp091.PreconditionFailed || e.Code == amqp091.ResourceLocked || e.Code == amqp091.ContentTooLarge ||
		e.Code == amqp091.NoRoute || e.Code == amqp091.NoConsumers)
}
