package message

import "math"

// v1 writes the body of task protocol 1, one object that holds what protocol 2 has in its headers.
func (b *Builder) v1(d *draft, t *Task, x *Extra, id string, when moments) {
	f := &b.fixed
	start := len(d.buf)
	d.textMember(`{"task": `, t.Name)
	d.textMember(`, "id": `, id)
	d.member(`, "args": `, d.args)
	d.member(`, "kwargs": `, d.kwargs)
	d.textMember(`, "group": `, x.GroupID)
	if x.GroupIndex == nil {
		d.member(`, "group_index": `, f.null)
	} else {
		d.intMember(`, "group_index": `, int64(*x.GroupIndex))
	}
	d.intMember(`, "retries": `, int64(x.Retries))
	d.textMember(`, "eta": `, when.eta)
	d.textMember(`, "expires": `, when.expires)
	d.member(`, "utc": `, choose(b.settings.DisableUTC, f.no, f.yes))
	d.member(`, "callbacks": `, orElse(x.Link, f.null))
	d.member(`, "errbacks": `, orElse(x.LinkError, f.null))
	d.member(`, "timelimit": [`, []byte(firstOf(string(x.TimeLimit), "null")))
	d.member(`, `, []byte(firstOf(string(x.SoftTimeLimit), "null")))
	d.textMember(`], "taskset": `, x.GroupID)
	d.member(`, "chord": `, orElse(x.Chord, f.null))
	d.buf = append(d.buf, '}')
	d.body = d.since(start)
	if b.settings.SendSentEvent {
		d.represent(&b.fixed.noExtra, math.MaxInt) // only the event shows them, in full
	}
}
