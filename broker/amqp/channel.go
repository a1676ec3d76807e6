package amqp

import (
	"fmt"
	"slices"
	"sync"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// A channel publishes with confirms. A message is sent by the holder of the lane; its fate may be asked by anybody.
type channel struct {
	amqp *amqp091.Channel
	wire *framedConn

	sync chan struct{} // a send here is taken when all returned messages received so far are noted
	done chan struct{} // closed when the channel has ended and everything is noted

	window []*delivery // ring of the last messages, to bound those in flight
	sent   int

	mu     sync.Mutex
	open   []*delivery // messages in the order in which they were sent, until they are known to be done
	reason error       // why the broker closed the channel, set before done is closed
}

// A delivery is one message on its way.
type delivery struct {
	confirm  *amqp091.DeferredConfirmation
	on       *channel
	deadline time.Time

	sure bool // its queue surely takes it

	exchange, key, correlation string
	returned                   string // reason of the broker; guarded by the channel's mutex
}

func (l *link) openChannel() (*channel, error) {
	var ch *amqp091.Channel
	err := l.call(func() (err error) {
		if ch, err = l.conn.Channel(); err != nil {
			return err
		}
		return ch.Confirm(false)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: open channel: %w", message.ErrUnavailable, err)
	}
	c := &channel{
		amqp: ch, wire: l.wire, sync: make(chan struct{}), done: make(chan struct{}),
		window: make([]*delivery, l.config.Window),
	}
	go c.collect(ch.NotifyReturn(make(chan amqp091.Return)), ch.NotifyClose(make(chan *amqp091.Error, 1)))
	l.channels = append(slices.DeleteFunc(l.channels, (*channel).ended), c)
	return c, nil
}

// publishChannel returns the channel for batches, opening it when needed.
func (l *link) publishChannel() (*channel, error) {
	if l.publishing == nil || l.publishing.amqp.IsClosed() {
		ch, err := l.openChannel()
		if err != nil {
			return nil, err
		}
		l.publishing = ch
	}
	return l.publishing, nil
}

// ended tells whether nothing more will come of the channel.
func (c *channel) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// collect notes returned messages until the channel ends. The library hands over a returned message before it reads
// on, and its confirm comes after it. So whoever saw a confirm and then gets through to sync, or sees done, knows that
// the message would be noted if it had been returned.
func (c *channel) collect(returns <-chan amqp091.Return, closed <-chan *amqp091.Error) {
	defer close(c.done)
	for {
		select {
		case r, ok := <-returns:
			if !ok {
				if err := <-closed; err != nil {
					c.mu.Lock()
					c.reason = err
					c.mu.Unlock()
				}
				return
			}
			c.note(r)
		case c.sync <- struct{}{}:
		}
	}
}

// note finds the message that came back: the broker answers in the order of sending, and what it returns has no number.
func (c *channel) note(r amqp091.Return) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.open {
		if d.returned == "" && d.correlation == r.CorrelationId && d.exchange == r.Exchange && d.key == r.RoutingKey {
			d.returned = fmt.Sprintf("%s (exchange %q, routing key %q)", r.ReplyText, r.Exchange, r.RoutingKey)
			return
		}
	}
}

// settle waits until everything that the broker said before is noted.
func (c *channel) settle() {
	select {
	case <-c.sync:
	case <-c.done:
	}
}

// forget drops the messages that are done. No return of theirs is on its way: settle came first.
func (c *channel) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.open[:0]
	for _, d := range c.open {
		if !d.finished() {
			rest = append(rest, d)
		}
	}
	clear(c.open[len(rest):])
	c.open = rest
}

// oldest returns the message that must be done before the next one may be sent; nil when there is room.
func (c *channel) oldest() *delivery { return c.window[c.sent%len(c.window)] }

// send writes a message. The delivery is nil when nothing was written.
func (c *channel) send(env *message.Envelope, header contentHeader, sure bool, limit time.Duration) (*delivery, error) {
	d := &delivery{
		on: c, deadline: time.Now().Add(limit), sure: sure,
		exchange: env.Exchange, key: env.RoutingKey, correlation: env.CorrelationID,
	}
	c.mu.Lock() // before it is written, so that its return finds it
	c.open = append(c.open, d)
	c.mu.Unlock()
	c.wire.expect(header)
	confirm, err := c.amqp.PublishWithDeferredConfirm(env.Exchange, env.RoutingKey, true, false, amqp091.Publishing{Body: env.Body})
	if err != nil {
		c.wire.expect(nil)
		c.mu.Lock()
		c.open = c.open[:len(c.open)-1]
		c.mu.Unlock()
		return nil, err
	}
	d.confirm = confirm
	c.window[c.sent%len(c.window)] = d
	c.sent++
	return d, nil
}

// hint writes a message whose fate nobody asks for. When it cannot be written, the next one cannot either.
func (c *channel) hint(env *message.Envelope, header contentHeader) {
	c.wire.expect(header)
	err := c.amqp.Publish(env.Exchange, env.RoutingKey, false, false, amqp091.Publishing{Body: env.Body})
	if err != nil {
		c.wire.expect(nil)
	}
}

// finished tells whether the broker has confirmed or refused the message, or never will.
func (d *delivery) finished() bool {
	select {
	case <-d.confirm.Done():
		return true
	default:
		return false
	}
}

// failed tells whether the broker has refused the message, or whether its channel has ended without an answer.
func (d *delivery) failed() bool { return d.finished() && !d.confirm.Acked() }

// outcome returns what became of a finished message. The caller has settled the channel.
func (d *delivery) outcome() message.Outcome {
	d.on.mu.Lock()
	defer d.on.mu.Unlock()
	switch {
	case !d.confirm.Acked() && d.on.amqp.IsClosed():
		return message.Outcome{} // the library calls all that is open not acknowledged when a channel ends
	case !d.confirm.Acked():
		return message.Outcome{State: message.Rejected, Reason: "the broker could not take it (basic.nack)"}
	case d.returned != "":
		return message.Outcome{State: message.Returned, Reason: d.returned}
	}
	return message.Outcome{State: message.Confirmed}
}

// closedBy returns why the broker closed the channel; nil while it is open or when the whole connection ended.
func (c *channel) closedBy() error {
	if !c.amqp.IsClosed() {
		return nil
	}
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, only := isChannelError(c.reason); only {
		return c.reason
	}
	return nil
}
