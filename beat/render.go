package beat

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Names of the headers that tell a task which run it is.
const (
	HeaderName         = "periodic_task_name" // as django-celery-beat sends it
	HeaderScheduleID   = "beat_schedule_id"
	HeaderScheduledFor = "beat_scheduled_for"
	HeaderEpoch        = "beat_epoch"
	HeaderAttempt      = "beat_attempt" // only on a repeat
	HeaderTraceparent  = "traceparent"  // W3C trace context, only with Renderer.Trace
)

// Renderer makes messages of runs. It is safe for concurrent use.
type Renderer struct {
	Build    *message.Builder
	Identity Identity
	Bare     bool // leave out the headers that tell a task its run
	Trace    bool // begin a trace with each run

	clock atomic.Int64 // Lamport's, for events: Celery's counts messages as well
}

// Run renders the message of one planned run; attempt counts from 1.
func (r *Renderer) Run(p *Plan, run Run, epoch int64, attempt int, now time.Time) (message.Envelope, error) {
	stamp := message.Stamp{ID: r.Identity.Of(run).String(), Now: now, Clock: r.clock.Add(1)}
	if !r.Bare {
		stamp.Headers = append(make([]message.Header, 0, 6),
			message.Text(HeaderName, p.Name),
			message.Text(HeaderScheduleID, string(p.ID)),
			message.Text(HeaderScheduledFor, FormatInstant(run.Instant)),
			message.Header{Key: HeaderEpoch, Value: strconv.AppendInt(nil, epoch, 10)})
		if attempt > 1 {
			stamp.Headers = append(stamp.Headers,
				message.Header{Key: HeaderAttempt, Value: strconv.AppendInt(nil, int64(attempt), 10)})
		}
	}
	if r.Trace {
		stamp.Headers = append(stamp.Headers, message.Text(HeaderTraceparent, traceparent(r.Identity.Of(run), attempt)))
	}
	return r.Build.Build(p.Task(), stamp)
}

// Again returns a message that was rendered before as that of a later attempt.
func (r *Renderer) Again(env message.Envelope, attempt int) message.Envelope {
	if attempt > 1 && !r.Bare {
		env.Headers = append(slices.Clip(env.Headers),
			message.Header{Key: HeaderAttempt, Value: strconv.AppendInt(nil, int64(attempt), 10)})
	}
	return env
}

// traceparent begins a trace (https://www.w3.org/TR/trace-context/) that is the same for every attempt at a run: its
// id is that of the task. Each attempt is a span of its own.
func traceparent(id uuid.UUID, attempt int) string {
	span := sha256.Sum256(append(id[:], byte(attempt)))
	return "00-" + hex.EncodeToString(id[:]) + "-" + hex.EncodeToString(span[:8]) + "-01"
}

// Manual renders a message that belongs to no planned run.
func (r *Renderer) Manual(p *Plan, id string, now time.Time) (message.Envelope, error) {
	stamp := message.Stamp{ID: id, Now: now, Clock: r.clock.Add(1)}
	if !r.Bare {
		stamp.Headers = []message.Header{message.Text(HeaderName, p.Name)}
	}
	return r.Build.Build(p.Task(), stamp)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
