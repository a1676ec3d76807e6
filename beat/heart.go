package beat

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// Announcer is a port that a publisher may offer beside its own: events that tell monitors, such as Flower, of a process.
type Announcer interface {
	// Announce publishes an event without a fence and outside of all batches; it works while another beat leads. Nil
	// says that the event was handed over, not that anybody got it. Nothing that happens to it may touch a batch. The
	// error wraps message.ErrUnavailable when it is worth another attempt. It is safe for concurrent use.
	Announce(ctx context.Context, event message.Envelope) error
}

// DefaultHeartbeat is how often a beat says that it is there, which is how often Celery's workers do.
const DefaultHeartbeat = 2 * time.Second

// software is what a beat calls itself in events.
const software = "gobeat"

// Heartbeat makes a beat one of the processes that monitors list, by the events that Celery's workers send. It does so
// while it leads and while it stands by. It does not answer remote control commands, as workers do.
type Heartbeat struct {
	Hostname string            // under which it is listed, NAME@HOST; required
	Version  string            // of the program; default: empty
	Interval time.Duration     // between two events; default 2 s
	Load     func() [3]float64 // load averages of the machine; default: zeros
}

func (h *Heartbeat) validate(p Publisher) error {
	if h == nil {
		return nil
	}
	if _, ok := p.(Announcer); !ok {
		return errors.New("beat config: Heartbeat needs a Publisher that is an Announcer")
	}
	if h.Hostname == "" {
		return errors.New("beat config: Heartbeat.Hostname is missing")
	}
	if h.Interval < 0 {
		return errors.New("beat config: Heartbeat.Interval is negative")
	}
	return nil
}

// heart sends the events of one beat. Its failures are told once and change nothing else.
type heart struct {
	Heartbeat
	to     Announcer
	render *Renderer
	log    *slog.Logger
	now    func() time.Time
	active func() int64
	sent   *sentCount

	failing bool
}

// heart returns nil when nobody asked for heartbeats.
func (b *Beat) heart() *heart {
	if b.cfg.Heartbeat == nil {
		return nil
	}
	h := &heart{
		Heartbeat: *b.cfg.Heartbeat, render: b.render, log: b.cfg.Logger, now: b.cfg.Clock, sent: b.sent,
		active: func() int64 { return int64(b.Health().Open) },
	}
	h.to, _ = b.cfg.Publisher.(Announcer) // New has seen that it is one
	def(&h.Interval, DefaultHeartbeat)
	return h
}

// run sends events until ctx ends. Like a worker it says at first that it came; a monitor that missed it takes any other
// event for that.
func (h *heart) run(ctx context.Context) {
	if h == nil {
		return
	}
	kind := message.Online
	for {
		if h.send(ctx, kind, h.Interval) {
			kind = message.Heartbeat
		}
		if !sleep(ctx, h.Interval) {
			break
		}
	}
	h.send(context.WithoutCancel(ctx), message.Offline, farewell)
}

// farewell is how long a beat that stops tries to say so.
const farewell = 500 * time.Millisecond

func (h *heart) send(ctx context.Context, kind message.PulseKind, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := message.Pulse{
		Kind: kind, Hostname: h.Hostname, Now: h.now(), Clock: h.render.clock.Add(1), Every: h.Interval,
		Active: h.active(), Processed: h.sent.n.Load(), Software: software, Version: h.Version, System: system(),
	}
	if h.Load != nil {
		p.Load = h.Load()
	}
	event, err := h.render.Build.Pulse(p)
	if err == nil {
		err = h.to.Announce(ctx, event)
	}
	if kind != message.Offline { // after which nothing is tried again
		h.note(ctx, err)
	}
	return err == nil
}

// note tells of a change between working and failing.
func (h *heart) note(ctx context.Context, err error) {
	switch {
	case err == nil && h.failing:
		h.log.Info("monitors are told again that this beat is there")
	case err != nil && !h.failing && !errors.Is(context.Cause(ctx), context.Canceled):
		h.log.Warn("monitors cannot be told that this beat is there, will keep trying", "error", err)
	}
	h.failing = err != nil
}

// system names the operating system as Python's platform.system does.
func system() string {
	return strings.ToUpper(runtime.GOOS[:1]) + runtime.GOOS[1:]
}

// sentCount counts the runs that an observer is told of.
type sentCount struct {
	Observer
	n atomic.Int64
}

// Sent counts one more.
func (c *sentCount) Sent(r Run, name, task string, at time.Time) {
	c.n.Add(1)
	c.Observer.Sent(r, name, task, at)
}
