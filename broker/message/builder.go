package message

import (
	"encoding/json"
	"errors"
	"time"
)

// Stamp is what one message has of its own: identity, the moment of sending, and headers beside those of the row,
// which win over them.
type Stamp struct {
	ID      string
	Now     time.Time
	Headers []Header
}

// Builder makes messages. It is safe for concurrent use.
type Builder struct {
	settings    Settings
	zone        *time.Location
	queues      *queueTable
	serializers []Serializer
	compressors []Compressor
	origin      json.RawMessage
	fixed       fixedValues
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
	if _, err := b.serializer(s.Serializer); err != nil {
		return nil, err
	}
	if s.Compression != "" {
		if _, err := b.compressor(s.Compression); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Build makes the message of a task. An error is an *OptionError that names the field of the task which is wrong;
// it does not depend on the stamp's ID.
func (b *Builder) Build(t Task, s Stamp) (Envelope, error) {
	if t.Name == "" {
		return Envelope{}, &OptionError{Field: "task", Problem: "is empty"}
	}
	o, routed := b.routed(&t)
	if err := o.check(); err != nil {
		return Envelope{}, err
	}
	x := o.Extra
	if x == nil {
		x = &b.fixed.noExtra
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
	return env, b.encode(&env, d.body, x)
}

// draft is a message in the making. All its texts share one buffer, so that it is allocated once.
type draft struct {
	buf          []byte
	headers      []Header
	args, kwargs []byte // in Python's form
	body         []byte // JSON text
}

func newDraft(t *Task, o *Options, s *Stamp) draft {
	const protocol = 20 // headers, with compression
	n := 256 + 4*(len(t.Args)+len(t.Kwargs)) + len(t.Name) + 2*len(s.ID)
	for i := range s.Headers {
		n += len(s.Headers[i].Value) + 8
	}
	user := len(s.Headers)
	if len(o.Headers) > 0 {
		user += 8
	}
	return draft{buf: make([]byte, 0, n), headers: make([]Header, 0, protocol+user)}
}

// since returns what was written after start. It stays as it is when more is written.
func (d *draft) since(start int) []byte { return d.buf[start:len(d.buf):len(d.buf)] }

// arguments writes args and kwargs in Python's form to the start of the buffer, as the body of protocol 2 has them.
func (d *draft) arguments(t *Task, limits Limits) error {
	d.buf = append(d.buf, '[')
	var err error
	if d.args, err = d.argument(t.Args, "[]", limits); err != nil {
		return fieldError("args", err)
	}
	d.buf = append(d.buf, ", "...)
	if d.kwargs, err = d.argument(t.Kwargs, "{}", limits); err != nil {
		return fieldError("kwargs", err)
	}
	return nil
}

func (d *draft) argument(text json.RawMessage, empty string, limits Limits) ([]byte, error) {
	start := len(d.buf)
	if absent(text) {
		d.buf = append(d.buf, empty...)
		return d.since(start), nil
	}
	var err error
	if d.buf, err = AppendPythonJSON(d.buf, text, limits); err != nil {
		return nil, err
	}
	switch {
	case d.buf[start] == empty[0]:
		return d.since(start), nil
	case empty == "[]":
		return nil, errors.New("is not a JSON array")
	}
	return nil, errors.New("is not a JSON object")
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
