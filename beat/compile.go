package beat

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

// Compiler checks entries and turns them into plans. It is safe for concurrent use and shares equal schedules.
type Compiler struct {
	kinds  *kinds.Compiler
	build  *message.Builder
	policy Policy
}

// NewCompiler returns a Compiler. An entry whose message the builder would refuse is refused here already.
func NewCompiler(kinds *kinds.Compiler, build *message.Builder) *Compiler {
	return &Compiler{kinds: kinds, build: build}
}

// WithPolicy returns a Compiler that also refuses what the policy does not allow.
func (c *Compiler) WithPolicy(p Policy) *Compiler {
	return &Compiler{kinds: c.kinds, build: c.build, policy: p}
}

// Plan checks an entry. What is wrong with it, nil if nothing is, says so by field.
func (c *Compiler) Plan(e *Entry) (*Plan, *EntryError) {
	if e.Bad != nil {
		return nil, e.Bad
	}
	p, err := c.plan(e)
	if err != nil {
		return nil, entryError(e, err)
	}
	return p, nil
}

func (c *Compiler) plan(e *Entry) (*Plan, error) {
	spec := e.Spec.Hashed(e.Name)
	sched, err := c.kinds.Compile(spec)
	if err != nil {
		return nil, err
	}
	task, err := taskOf(e)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(e); err != nil {
		return nil, err
	}
	if task, err = c.build.Prepare(task); err != nil {
		return nil, err
	}
	p := &Plan{
		ID: e.ID, TaskID: e.TaskID, Name: e.Name,
		Task: task, Schedule: sched,
		Running: e.Running(), Once: once(e), MaxRuns: e.MaxRuns,
		Misfire: orDefault(e.Misfire, MisfireLast), Window: e.MisfireWindow,
		Delivery: orDefault(e.Delivery, AtLeastOnce),
		Created:  e.CreatedAt, Modified: e.ModifiedAt, Ran: e.RanAt, ranAsOf: e.DecidedTo,
		kind: spec.Kind, start: e.StartTime, end: earliest(e.EndTime, e.Expires),
		offset: jitter(e),
	}
	p.Hash = planHash(spec, p)
	if err := c.check(spec, p); err != nil {
		return nil, err
	}
	return p, nil
}

// check renders the message once, so that a row which cannot be sent, or must not, is known before it is due.
func (c *Compiler) check(spec schedule.Spec, p *Plan) error {
	env, err := c.build.Build(p.Task, message.Stamp{ID: "00000000-0000-0000-0000-000000000000", Now: p.Modified})
	if err != nil {
		return err
	}
	return c.policy.check(spec, p.Task.Name, &env)
}

func taskOf(e *Entry) (message.Task, error) {
	opts, err := message.ParseOptions(e.Options)
	if err != nil {
		return message.Task{}, err
	}
	setIf(&opts.Queue, e.Queue)
	setIf(&opts.Exchange, e.Exchange)
	setIf(&opts.RoutingKey, e.RoutingKey)
	if e.Priority != nil {
		opts.Priority = e.Priority
	}
	if len(e.Headers) > 0 {
		opts.Headers = e.Headers
	}
	if !e.Expires.IsZero() {
		opts.Expires = e.Expires
	} else if e.ExpireSeconds != nil && *e.ExpireSeconds != 0 { // 0 means none, as in django-celery-beat
		opts.ExpireSeconds = e.ExpireSeconds
	}
	kwargs := e.Kwargs
	if len(e.ScheduleKwargs) > 0 {
		kwargs, err = message.MergeObjects(e.Kwargs, e.ScheduleKwargs)
		if err != nil {
			return message.Task{}, &message.OptionError{
				Field: "kwargs", Value: string(e.ScheduleKwargs), Problem: "cannot be laid over those of the task: " + err.Error(),
			}
		}
	}
	return message.Task{Name: e.Task, Args: e.Args, Kwargs: kwargs, Options: opts}, nil
}

func setIf(to *string, v string) {
	if v != "" {
		*to = v
	}
}

func checkPolicy(e *Entry) error {
	switch e.Misfire {
	case "", MisfireLast, MisfireSkip, MisfireAll:
	default:
		return &message.OptionError{Field: "misfire", Value: string(e.Misfire), Problem: "is not one of last, skip, all"}
	}
	switch e.Delivery {
	case "", AtLeastOnce, AtMostOnce:
	default:
		return &message.OptionError{
			Field: "delivery", Value: string(e.Delivery), Problem: "is not one of at_least_once, at_most_once",
		}
	}
	if e.MaxRuns < 0 {
		return &message.OptionError{Field: "max_runs", Value: itoa(e.MaxRuns), Problem: "is negative"}
	}
	if e.MisfireWindow < 0 {
		return &message.OptionError{Field: "misfire_window", Value: e.MisfireWindow.String(), Problem: "is negative"}
	}
	if e.Jitter < 0 {
		return &message.OptionError{Field: "jitter_seconds", Value: e.Jitter.String(), Problem: "is negative"}
	}
	if e.Task == "" {
		return &message.OptionError{Field: "task", Value: "", Problem: "is empty"}
	}
	return nil
}

// once tells what a first run switches off. A clocked schedule has only one, whether the task says so or not.
func once(e *Entry) End {
	switch {
	case e.OneOff:
		return EndTask
	case e.Spec.Kind == schedule.KindClocked:
		return EndSchedule
	}
	return EndNothing
}

// jitter is a fixed part of e.Jitter that depends only on the entry's identity, so that runs spread over entries
// while each keeps its distance.
func jitter(e *Entry) time.Duration {
	if e.Jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(e.ID))
	return time.Duration(h.Sum64() % uint64(e.Jitter)).Truncate(time.Microsecond)
}

func planHash(spec schedule.Spec, p *Plan) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, v := range []uint64{spec.Hash(), unixMicro(p.start), unixMicro(p.end), uint64(p.offset)} {
		binary.BigEndian.PutUint64(b[:], v)
		_, _ = h.Write(b[:])
	}
	// SQL stores keep it in a signed column, and 0 is taken.
	return h.Sum64()>>1 | 1
}

func unixMicro(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixMicro())
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func orDefault[T ~string](v, def T) T {
	if v == "" {
		return def
	}
	return v
}

func entryError(e *Entry, err error) *EntryError {
	out := &EntryError{ID: e.ID, Name: e.Name, Problem: err.Error()}
	if f, ok := errors.AsType[*schedule.FieldError](err); ok {
		out.Field, out.Value, out.Problem = f.Field, f.Value, f.Problem
	} else if o, ok := errors.AsType[*message.OptionError](err); ok {
		out.Field, out.Value, out.Problem = o.Field, o.Value, o.Problem
	}
	return out
}
