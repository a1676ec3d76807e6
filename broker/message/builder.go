package message

import (
	"encoding/json"
	"time"
)

// Stamp is what one message has of its own.
type Stamp struct {
	ID  string    // task id
	Now time.Time // the moment of sending

	// Headers stand beside those of the row and win over them: which run it is, or the trace it belongs to
	// ("traceparent" and "tracestate" of W3C Trace Context). Values are JSON.
	Headers []Header

	// Clock is the logical clock of the task-sent event: 1 for the first event of a process and one more for each
	// further one; 0 counts as 1. Monitors put their own in its place, so it need not be exact.
	Clock int64
}

// Builder makes messages. It is safe for concurrent use.
type Builder struct {
	settings    Settings
	zone        *time.Location
	queues      *queueTable
	serializers []Serializer
	compressors []Compressor
	origin      json.RawMessage

	eventSerializer *Serializer

	fixed fixedValues
}

// NewBuilder returns a Builder for the settings, or the *OptionError of Settings.Validate.
func NewBuilder(s Settings) (*Builder, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	b := &Builder{
		settings:    s,
		zone:        s.Zone,
		serializers: append(builtinSerializers(), s.Serializers...),
		compressors: append(builtinCompressors(), s.Compressors...),
		origin:      appendQuoted(nil, s.Origin),
		fixed:       newFixedValues(),
	}
	b.queues = newQueueTable(&b.settings)
	if err := b.codecs(); err != nil {
		return nil, err
	}
	return b, nil
}

// codecs looks up the serializers and the compression that the settings name.
func (b *Builder) codecs() error {
	s := &b.settings
	if _, err := b.serializer("task_serializer", s.Serializer); err != nil {
		return err
	}
	var err error
	if b.eventSerializer, err = b.serializer("event_serializer", s.EventSerializer); err != nil {
		return err
	}
	if s.Compression == "" {
		return nil
	}
	_, err = b.compressor("task_compression", s.Compression)
	return err
}

// Build makes the message of a task. An error is an *OptionError that names the field of the task which is wrong;
// it does not depend on the stamp's ID.
func (b *Builder) Build(t Task, s Stamp) (Envelope, error) {
	if t.Name == "" {
		return Envelope{}, &OptionError{Field: "task", Problem: "is empty"}
	}
	o, routed := b.effective(&t)
	x := o.Extra
	if x == nil {
		x = &b.fixed.noExtra
	}
	if err := b.check(o, x); err != nil {
		return Envelope{}, err
	}
	to, err := b.target(o, x, routed)
	if err != nil {
		return Envelope{}, err
	}
	when, err := b.moments(o, x, s.Now)
	if err != nil {
		return Envelope{}, err
	}
	b.delay(&to, x, s.Now)
	id := firstOf(x.TaskID, s.ID)
	d := newDraft(&t, o, &s)
	if err := d.arguments(&t, b.settings.Limits); err != nil {
		return Envelope{}, err
	}
	if b.settings.Protocol == 1 {
		b.v1(&d, &t, x, id, when)
	} else {
		b.v2(&d, &t, x, id, when)
	}
	if err := b.userHeaders(&d, o, s.Headers); err != nil {
		return Envelope{}, err
	}
	env := Envelope{
		ID: id, Headers: d.headers,
		CorrelationID: firstOf(x.CorrelationID, id), ReplyTo: firstOf(x.ReplyTo, b.settings.ReplyTo),
		DeliveryMode: to.mode, Expiration: when.expiration, Mandatory: x.Mandatory, Properties: x.Properties,
		Exchange: to.exchange, ExchangeType: to.exchangeType, RoutingKey: to.routingKey, Declare: to.declare(),
	}
	if o.Priority != nil {
		env.Priority = *o.Priority
	}
	if err := b.encode(&env, d.body, x); err != nil {
		return Envelope{}, err
	}
	if b.settings.SendSentEvent {
		if err := b.sentEvent(&d, &t, x, &s, &env, &to, when); err != nil {
			return Envelope{}, err
		}
	}
	return env, nil
}

// check refuses options that no message can carry, and those that a row may not choose.
func (b *Builder) check(o *Options, x *Extra) error {
	if x.TaskID != "" && !b.settings.HeadersOverride {
		return &OptionError{Field: "task_id", Value: x.TaskID, Problem: "is refused: every run has an id of its own"}
	}
	return o.check()
}

// fixedValues are header values that many messages share.
type fixedValues struct {
	python, null, zero, yes, no, noLimits, noStamps json.RawMessage
	noExtra                                         Extra
}

func newFixedValues() fixedValues {
	text := func(s string) json.RawMessage { return json.RawMessage(s) }
	return fixedValues{
		python: text(`"py"`), null: text("null"), zero: text("0"), yes: text("true"), no: text("false"),
		noLimits: text("[null, null]"), noStamps: text("{}"),
	}
}
