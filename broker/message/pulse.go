package message

import (
	"math"
	"time"
)

// A Pulse is what a process says of itself to monitors, in the events that Celery's workers send: it came, it is there,
// it goes.
type Pulse struct {
	Kind PulseKind

	Hostname string    // name of the sender, as monitors list it: NAME@HOST
	Now      time.Time // the moment of sending
	Clock    int64     // as Stamp.Clock

	Every     time.Duration // between two heartbeats; monitors call a sender offline that is silent for longer
	Active    int64         // what it is doing now
	Processed int64         // what it has done since it came
	Load      [3]float64    // load averages of the machine: 1, 5 and 15 minutes

	Software, Version, System string // who sends: sw_ident, sw_ver, sw_sys
}

// PulseKind is the type of an event about a process, without its group.
type PulseKind string

// Kinds of a Pulse.
const (
	Online    PulseKind = "online"
	Heartbeat PulseKind = "heartbeat"
	Offline   PulseKind = "offline"
)

// Pulse makes the event that tells monitors of a process (celery/worker/heartbeat.py). It has no ID, no queue to declare,
// and its exchange is that of the task-sent events. An error is an *OptionError.
func (b *Builder) Pulse(p Pulse) (Envelope, error) {
	switch {
	case p.Kind != Online && p.Kind != Heartbeat && p.Kind != Offline:
		return Envelope{}, &OptionError{Field: "kind", Value: string(p.Kind), Problem: "is not online, heartbeat or offline"}
	case p.Hostname == "":
		return Envelope{}, &OptionError{Field: "hostname", Problem: "is empty"}
	}
	d := draft{buf: make([]byte, 0, 384)}
	host := appendQuoted(nil, p.Hostname)
	d.member(`{"hostname": `, host)
	d.intMember(`, "utcoffset": `, utcOffset(p.Now.In(b.settings.SystemZone)))
	d.intMember(`, "pid": `, int64(b.settings.PID))
	d.intMember(`, "clock": `, max(p.Clock, 1))
	d.buf = appendFloat(append(d.buf, `, "freq": `...), p.Every.Seconds())
	d.intMember(`, "active": `, p.Active)
	d.intMember(`, "processed": `, p.Processed)
	before := `, "loadavg": [`
	for _, load := range p.Load {
		d.buf = appendFloat(append(d.buf, before...), math.Round(load*100)/100)
		before = ", "
	}
	d.member(`], "sw_ident": `, appendQuoted(nil, p.Software))
	d.member(`, "sw_ver": `, appendQuoted(nil, p.Version))
	d.member(`, "sw_sys": `, appendQuoted(nil, p.System))
	d.buf = appendFloat(append(d.buf, `, "timestamp": `...), float64(p.Now.UnixMicro())/1e6)
	d.member(`, "type": `, appendQuoted(nil, "worker-"+string(p.Kind)))
	d.buf = append(d.buf, '}')
	return b.event(d.buf, host, "worker."+string(p.Kind))
}
