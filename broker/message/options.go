package message

import (
	"encoding/json"
	"time"
)

// Options are the options of apply_async that a task carries. They are small, because there is one for each
// schedule; what few tasks use is in Extra. Options are not changed once they are part of a Task.
type Options struct {
	Queue      string // empty: by route or default
	Exchange   string // empty: by queue
	RoutingKey string // empty: by queue
	Priority   *int   // 0 to 255; nil: none, sent as 0

	Headers json.RawMessage // headers of the user, a JSON object; empty: none

	// Expires is the instant after which the task is worthless, ExpireSeconds the same counted from sending. The
	// instant wins, then the seconds, then Extra.ExpiresText.
	Expires       time.Time
	ExpireSeconds *float64

	Extra *Extra // nil: none of them
}

// Extra holds the rarer options. A zero field means that the option is not given.
type Extra struct {
	TaskID string // in place of the ID of the Stamp: all messages of the task then share it

	ExchangeType string // of Exchange: direct, topic, fanout, headers or a type the broker knows
	DeliveryMode uint8  // 1 transient, 2 persistent
	Mandatory    bool   // return the message if no queue takes it

	Serializer  string
	Compression string

	Countdown   float64  // seconds from sending until a worker may start it; wins over ETA
	ETA         string   // ISO 8601, sent as it is
	ExpiresText string   // ISO 8601, sent as it is; without offset it counts as UTC
	Expiration  *float64 // seconds that the broker keeps the message, only used without expires

	TimeLimit     json.Number // seconds until the worker kills it
	SoftTimeLimit json.Number // seconds until the worker interrupts it

	Shadow       string // another name for logs and monitors
	IgnoreResult *bool  // nil: no
	Retries      int    // as if it had been retried so often
	Nesting      int    // option replaced_task_nesting

	GroupID    string
	GroupIndex *int
	RootID     string // empty: the task id
	ParentID   string

	ReplyTo       string // empty: that of the Settings
	CorrelationID string // empty: the task id

	Argsrepr   string // in place of the one made from the arguments
	Kwargsrepr string

	// JSON text in Python's form. Link and LinkError are arrays of signatures, Chain an array, Chord an object.
	Link, LinkError, Chain, Chord json.RawMessage

	// StampedHeaders is a JSON array of names, Stamps the object of their values.
	StampedHeaders, Stamps json.RawMessage

	// Properties are the options that Celery does not know, which become properties of the message, in their order.
	Properties []Header
}

// extra returns o.Extra, or an empty one to read from.
func (o *Options) extra() *Extra {
	if o.Extra == nil {
		return &Extra{}
	}
	return o.Extra
}

// check refuses values that no message can carry. Options may have been made without ParseOptions.
func (o *Options) check() error {
	if o.Priority != nil && (*o.Priority < 0 || *o.Priority > 255) {
		return rangeError("priority", *o.Priority, "is not between 0 and 255")
	}
	for _, f := range [...]struct{ name, value string }{
		{"queue", o.Queue}, {"exchange", o.Exchange}, {"routing_key", o.RoutingKey},
	} {
		if len(f.value) > maxName {
			return &OptionError{Field: f.name, Value: f.value, Problem: "is longer than 255 bytes"}
		}
	}
	return nil
}

const maxName = 255 // bytes of a short string in AMQP
