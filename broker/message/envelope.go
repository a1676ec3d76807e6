package message

import "encoding/json"

// Envelope is one message ready to be handed to a broker: encoded, routed, not yet in the form of a transport.
// It is not changed after Build returned it.
type Envelope struct {
	ID      string   // task id, also the correlation id; empty in an event
	Headers []Header // in Celery's order; for protocol 1 only those of the user
	Body    []byte   // serialized and, if asked for, compressed

	ContentType     string
	ContentEncoding string

	CorrelationID string // empty only in an event, which is sent without
	ReplyTo       string // empty only in an event, which is sent without
	DeliveryMode  uint8  // 1 transient, 2 persistent
	Priority      int    // as given; a transport clamps it as kombu does
	Expiration    string // decimal milliseconds; empty when the task does not expire
	Mandatory     bool   // the task asked to have it returned when no queue takes it

	// Properties holds options of apply_async that Celery does not know and merges into the properties of the
	// message. AMQP sends those it has a name for, Redis all of them.
	Properties []Header

	Exchange     string // "" is the default exchange
	ExchangeType string // direct, topic or fanout
	RoutingKey   string

	// Declare is the queue to declare before publishing; nil when nothing is declared.
	Declare *Queue

	// Event is the task-sent event of the message, nil unless Settings.SendSentEvent asks for it. It is published
	// right after the message and only if that was; nobody waits for its fate. It has no ID, CorrelationID, ReplyTo and
	// Declare; its Exchange is declared, durable and of its ExchangeType, where the transport has exchanges.
	Event *Envelope
}

// Header is a key with its value as JSON text. Headers keep their order, as a Python dict does.
type Header struct {
	Key   string
	Value json.RawMessage
}

// Text returns a header whose value is a text, as Python's json.dumps writes it.
func Text(key, value string) Header {
	return Header{Key: key, Value: appendQuoted(make([]byte, 0, len(value)+2), value)}
}

// Queue is a queue as a producer declares it, together with its exchange and binding. Queues of one Builder are
// shared between envelopes and never change.
type Queue struct {
	Name         string
	Exchange     string // "" means none is declared
	ExchangeType string
	RoutingKey   string
	Durable      bool
	AutoDelete   bool
	Exclusive    bool
	Arguments    []Header

	// ExchangeTransient and ExchangeAutoDelete say that the exchange is not durable, or goes with its last queue.
	ExchangeTransient  bool
	ExchangeAutoDelete bool
}
