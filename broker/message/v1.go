package message

import (
	"math"
	"strconv"
)

// v1 writes the body of task protocol 1, one object that holds what protocol 2 has in its headers.
func (b *Builder) v1(d *draft, t *Task, x *Extra, id string, when moments) {
	f := &b.fixed
	start := len(d.buf)
	write := func(key string, value []byte) {
		d.buf = append(append(d.buf, key...), value...)
	}
	text := func(key, s string) {
		d.buf = append(d.buf, key...)
		if s == "" {
			d.raw(nil)
			return
		}
		d.buf = appendQuoted(d.buf, s)
	}
	text(`{"task": `, t.Name)
	text(`, "id": `, id)
	write(`, "args": `, d.args)
	write(`, "kwargs": `, d.kwargs)
	text(`, "group": `, x.GroupID)
	d.buf = append(d.buf, `, "group_index": `...)
	if x.GroupIndex == nil {
		d.raw(nil)
	} else {
		d.buf = strconv.AppendInt(d.buf, int64(*x.GroupIndex), 10)
	}
	d.buf = append(d.buf, `, "retries": `...)
	d.buf = strconv.AppendInt(d.buf, int64(x.Retries), 10)
	text(`, "eta": `, when.eta)
	text(`, "expires": `, when.expires)
	write(`, "utc": `, choose(b.settings.DisableUTC, f.no, f.yes))
	write(`, "callbacks": `, orElse(x.Link, f.null))
	write(`, "errbacks": `, orElse(x.LinkError, f.null))
	write(`, "timelimit": [`, []byte(firstOf(string(x.TimeLimit), "null")))
	write(`, `, []byte(firstOf(string(x.SoftTimeLimit), "null")))
	text(`], "taskset": `, x.GroupID)
	write(`, "chord": `, orElse(x.Chord, f.null))
	d.buf = append(d.buf, '}')
	d.body = d.since(start)
	if b.settings.SendSentEvent {
		d.represent(&b.fixed.noExtra, math.MaxInt) // only the event shows them, in full
	}
}
