package amqp

import (
	"context"
	"fmt"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// markerEvery is how many messages follow each other without a marker, and so how many a crash can send twice at most.
const markerEvery = 63

// markerName returns the name of the queue that holds the last marker of a leader.
func markerName(f message.Fence) string {
	return fmt.Sprintf("beat.marker.%s.%d", f.Deployment, f.Shard)
}

// remember makes the queue of markers ready and takes in what the last one says: of the former leader's batches, and of
// what this publisher sent on a connection that it lost. Whoever calls it holds the guard, so everything that was
// written on the connection of the former holder has been processed. Without that queue beat works on, with more
// messages sent twice after a crash.
func (p *Publisher) remember(l *link) error {
	name := markerName(l.fence)
	err := l.request(func(ch *amqp091.Channel) error {
		// Classic, because a marker must not outlive a crash of the broker, which messages before it may not have.
		_, err := ch.QueueDeclare(name, true, false, false, false,
			amqp091.Table{"x-queue-type": "classic", "x-max-length": int32(1)})
		return err
	})
	if answer, only := isChannelError(err); only {
		p.forgetful(name, answer)
		return nil
	}
	if err != nil {
		return fmt.Errorf("declare queue of markers %s: %w", name, err)
	}
	l.marker.Store(&name)
	return p.recall(l)
}

// forgetful reports once that there is no memory at the broker.
func (p *Publisher) forgetful(queue string, reason error) {
	if p.reported.add(queue) {
		p.config.Logger.Warn("no memory of batches at the broker, a crash may send up to a batch twice",
			"queue", queue, "reason", reason.Error())
	}
}

// markers returns the queue of markers, or nothing when there is none.
func (l *link) markers() string {
	if name := l.marker.Load(); name != nil {
		return *name
	}
	return ""
}

// recall reads the last marker and leaves it where it is. One of a later leader, which has lost its connection since, means
// that this one is fenced.
func (p *Publisher) recall(l *link) error {
	name := l.markers()
	if name == "" {
		return nil
	}
	var body []byte
	err := l.request(func(ch *amqp091.Channel) error {
		d, ok, err := ch.Get(name, false)
		if err != nil || !ok {
			return err
		}
		body = d.Body
		return d.Reject(true)
	})
	if answer, only := isChannelError(err); only {
		p.forgetful(name, answer)
		l.marker.Store(nil)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read marker of %s: %w", name, err)
	}
	if body == nil {
		return nil
	}
	m, err := parseMarker(body)
	if err != nil {
		p.config.Logger.Warn("a message in the queue of markers is passed over", "queue", name, "error", err)
		return nil
	}
	if m.Epoch > l.fence.Epoch {
		return &message.FencedError{Epoch: m.Epoch}
	}
	for _, b := range m.Batches {
		if len(b.Runs) == 0 {
			continue
		}
		f := p.flights.of(b.ID, b.Size)
		f.land()
		f.recall(b.Runs)
	}
	return nil
}

// mark writes a marker to a channel, nothing when this publisher has no memory at the broker. Nobody waits for it, and
// when it cannot be written the next message cannot either.
func (p *Publisher) mark(l *link, ch *channel) {
	l.unmarked = 0
	name := l.markers()
	if name == "" {
		return
	}
	ids, flights := p.flights.last()
	m := marker{Epoch: l.fence.Epoch, Batches: make([]marked, len(ids))}
	for i, f := range flights {
		f.land()
		m.Batches[i] = marked{ID: ids[i], Size: len(f.slots), Runs: f.say(ch)}
	}
	body, err := m.encode()
	if err != nil {
		return
	}
	failpoint.Reach("marker.before")
	env := message.Envelope{
		ContentType: "application/json", ContentEncoding: "utf-8", Body: body,
		DeliveryMode: message.Transient, RoutingKey: name,
	}
	if header, err := appendContentHeader(nil, &env); err == nil {
		ch.hint(&env, header)
	}
}

// correct writes another marker when the end of a batch is not what the last one said: a message came back, or went to
// a queue of which nothing was known before its confirm. It does not matter to the batch whether that works.
func (p *Publisher) correct(ctx context.Context, f *flight) {
	p.mu.Lock()
	l := p.link
	p.mu.Unlock()
	if l == nil || l.markers() == "" || !f.misquoted() {
		return
	}
	err := p.inLane(ctx, func(context.Context) error {
		if !l.alive() {
			return nil
		}
		ch, err := l.publishChannel()
		if err == nil {
			p.mark(l, ch)
		}
		return err
	})
	if err != nil {
		p.config.Logger.Debug("could not write a marker", "error", err)
	}
}
