package amqp

import (
	"net"
	"time"

	"github.com/google/uuid"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// NewFramedConn lets tests read messages with the client library as the publisher does.
func NewFramedConn(c net.Conn) net.Conn { return newFramedConn(c, time.Minute) }

// ParseMarker reads a marker as a leader does.
func ParseMarker(body []byte) (any, error) { return parseMarker(body) }

// Recall takes in a marker, if it is one, and looks its batches up.
func Recall(body []byte) map[uuid.UUID][]message.Outcome {
	out := map[uuid.UUID][]message.Outcome{}
	var known flights
	m, err := parseMarker(body)
	if err != nil {
		return nil
	}
	for _, b := range m.Batches {
		f := known.of(b.ID, b.Size)
		f.recall(b.Runs)
		out[b.ID] = f.outcomes(false)
	}
	return out
}

// MarkAndRead returns what a successor learns of a batch from a marker that says how it ended.
func MarkAndRead(id uuid.UUID, outcomes []message.Outcome) ([]message.Outcome, error) {
	f := flight{slots: make([]slot, len(outcomes))}
	for i, o := range outcomes {
		f.set(i, o)
	}
	body, err := marker{Batches: []marked{{ID: id, Size: len(outcomes), Runs: f.say(nil)}}}.encode()
	if err != nil {
		return nil, err
	}
	return Recall(body)[id], nil
}

// MarkAndReadConfirmed returns what a successor learns of a message whose confirm came in while its marker was being
// written.
func MarkAndReadConfirmed(id uuid.UUID, confirm *amqp091.DeferredConfirmation) ([]message.Outcome, error) {
	on := &channel{}
	f := flight{slots: []slot{{tried: true, delivery: &delivery{on: on, sure: true, confirm: confirm}}}}
	body, err := marker{Batches: []marked{{ID: id, Size: 1, Runs: f.say(on)}}}.encode()
	if err != nil {
		return nil, err
	}
	return Recall(body)[id], nil
}

// AwaitAnnouncementEnd waits until the broker has closed the channel for announcements.
func AwaitAnnouncementEnd(p *Publisher) {
	a := &p.link.announcements
	reason := <-a.closed
	again := make(chan *amqp091.Error, 1)
	again <- reason
	a.closed = again
}
