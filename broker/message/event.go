package message

import (
	"encoding/json"
	"strconv"
	"time"
)

// eventKey is the routing key of the events that tell monitors of a sent task.
const eventKey = "task.sent"

// sentEvent makes the event that Celery sends after a task: for monitors, which do not see the message itself.
func (b *Builder) sentEvent(d *draft, t *Task, x *Extra, s *Stamp, env *Envelope, to *target, when moments) error {
	f := &b.fixed
	start := len(d.buf)
	write := func(key string, value []byte) {
		d.buf = append(append(d.buf, key...), value...)
	}
	number := func(key string, n int64) {
		d.buf = strconv.AppendInt(append(d.buf, key...), n, 10)
	}
	text := func(key, s string) {
		d.buf = append(d.buf, key...)
		if s == "" {
			d.raw(nil)
			return
		}
		d.buf = appendQuoted(d.buf, s)
	}
	write(`{"hostname": `, b.origin)
	number(`, "utcoffset": `, utcOffset(s.Now.In(b.settings.SystemZone)))
	number(`, "pid": `, int64(b.settings.PID))
	number(`, "clock": `, max(s.Clock, 1))
	text(`, "uuid": `, env.ID)
	if b.settings.Protocol != 1 {
		text(`, "root_id": `, firstOf(x.RootID, env.ID))
		text(`, "parent_id": `, x.ParentID)
	}
	text(`, "name": `, t.Name)
	write(`, "args": `, d.argsrepr)
	write(`, "kwargs": `, d.kwargsrepr)
	number(`, "retries": `, int64(x.Retries))
	text(`, "eta": `, when.eta)
	text(`, "expires": `, when.expires)
	if to.queue == nil {
		write(`, "queue": `, f.null)
	} else {
		text(`, "queue": `, to.queue.Name)
	}
	d.buf = appendQuoted(append(d.buf, `, "exchange": `...), env.Exchange)
	d.buf = appendQuoted(append(d.buf, `, "routing_key": `...), env.RoutingKey)
	d.buf = appendFloat(append(d.buf, `, "timestamp": `...), float64(s.Now.UnixMicro())/1e6)
	d.buf = append(d.buf, `, "type": "task-sent"}`...)
	body, err := b.eventSerializer.Encode(d.since(start))
	if err != nil {
		return fieldError("event_serializer", err)
	}
	env.Event = &Envelope{
		Headers: []Header{{Key: "hostname", Value: json.RawMessage(b.origin)}}, Body: body,
		ContentType: b.eventSerializer.ContentType, ContentEncoding: b.eventSerializer.ContentEncoding,
		DeliveryMode: Transient,
		Exchange:     b.settings.EventExchange, ExchangeType: b.settings.EventExchangeType, RoutingKey: eventKey,
	}
	return nil
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
