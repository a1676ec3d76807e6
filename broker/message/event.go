package message

import (
	"encoding/json"
	"time"
)

// eventKey is the routing key of the events that tell monitors of a sent task.
const eventKey = "task.sent"

// sentEvent makes the event that Celery sends after a task: for monitors, which do not see the message itself.
func (b *Builder) sentEvent(d *draft, t *Task, x *Extra, s *Stamp, env *Envelope, to *target, when moments) error {
	start := len(d.buf)
	d.member(`{"hostname": `, b.origin)
	d.intMember(`, "utcoffset": `, utcOffset(s.Now.In(b.settings.SystemZone)))
	d.intMember(`, "pid": `, int64(b.settings.PID))
	d.intMember(`, "clock": `, max(s.Clock, 1))
	d.textMember(`, "uuid": `, env.ID)
	if b.settings.Protocol != 1 {
		d.textMember(`, "root_id": `, firstOf(x.RootID, env.ID))
		d.textMember(`, "parent_id": `, x.ParentID)
	}
	d.textMember(`, "name": `, t.Name)
	d.member(`, "args": `, d.argsrepr)
	d.member(`, "kwargs": `, d.kwargsrepr)
	d.intMember(`, "retries": `, int64(x.Retries))
	d.textMember(`, "eta": `, when.eta)
	d.textMember(`, "expires": `, when.expires)
	if to.queue == nil {
		d.member(`, "queue": `, b.fixed.null)
	} else {
		d.textMember(`, "queue": `, to.queue.Name)
	}
	d.buf = appendQuoted(append(d.buf, `, "exchange": `...), env.Exchange)
	d.buf = appendQuoted(append(d.buf, `, "routing_key": `...), env.RoutingKey)
	d.buf = appendFloat(append(d.buf, `, "timestamp": `...), float64(s.Now.UnixMicro())/1e6)
	d.buf = append(d.buf, `, "type": "task-sent"}`...)
	event, err := b.event(d.since(start), b.origin, eventKey)
	if err != nil {
		return err
	}
	env.Event = &event
	return nil
}

// event makes the message of an event out of its JSON text. It is transient and carries the name of its sender.
func (b *Builder) event(text []byte, sender json.RawMessage, key string) (Envelope, error) {
	body, err := b.eventSerializer.Encode(text)
	if err != nil {
		return Envelope{}, fieldError("event_serializer", err)
	}
	return Envelope{
		Headers: []Header{{Key: "hostname", Value: sender}}, Body: body,
		ContentType: b.eventSerializer.ContentType, ContentEncoding: b.eventSerializer.ContentEncoding,
		DeliveryMode: Transient,
		Exchange:     b.settings.EventExchange, ExchangeType: b.settings.EventExchangeType, RoutingKey: key,
	}, nil
}

// utcOffset returns the hours that a time lies west of UTC, rounded down as by Celery up to 5.6.
func utcOffset(t time.Time) int64 {
	_, east := t.Zone()
	hours := -east / 3600
	if -east%3600 < 0 {
		hours--
	}
	return int64(hours)
}
