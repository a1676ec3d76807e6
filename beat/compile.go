package beat

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

// Compiler checks entries and turns them into plans. It is safe for concurrent use. Equal schedules are shared, and so is
// all else that plans have in common.
type Compiler struct {
	kinds  *kinds.Compiler
	build  *message.Builder
	policy Policy
	pool   *termsPool
	none   *limits
}

// NewCompiler returns a Compiler. An entry whose message the builder would refuse is refused here already.
func NewCompiler(kinds *kinds.Compiler, build *message.Builder) *Compiler {
	return &Compiler{kinds: kinds, build: build, pool: newTermsPool(), none: &limits{}}
}

// WithPolicy returns a Compiler that also refuses what the policy does not allow.
func (c *Compiler) WithPolicy(p Policy) *Compiler {
	return &Compiler{kinds: c.kinds, build: c.build, policy: p, pool: newTermsPool(), none: c.none}
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
	key := appendTermsKey(make([]byte, 0, 512), e, &spec)
	shared := c.pool.find(key)
	known := shared != nil // another entry with them was found good
	var err error
	if !known {
		if shared, err = c.terms(e, &spec); err != nil {
			return nil, err
		}
	}
	if e.Jitter < 0 {
		return nil, &message.OptionError{Field: "jitter_seconds", Value: e.Jitter.String(), Problem: "is negative"}
	}
	task := shared.task
	task.Args = e.Args
	if task.Kwargs, err = kwargsOf(e); err != nil {
		return nil, err
	}
	if task, err = c.build.Prepare(task); err != nil {
		return nil, err
	}
	p := &Plan{
		terms: shared, limits: c.limits(e),
		ID: e.ID, Name: e.Name, Running: e.Running(),
		args: task.Args, kwargs: task.Kwargs,
		created: microsOf(e.CreatedAt), modified: microsOf(e.ModifiedAt),
	}
	p.Hash = planHash(p)
	if known && c.build.Uniform(task) {
		return p, nil
	}
	if err := c.check(&spec, task, p); err != nil {
		return nil, err
	}
	if spec.Kind != schedule.KindClocked && e.Expires.IsZero() { // of those hardly two are equal
		p.terms = c.pool.share(key, shared)
	}
	return p, nil
}

// terms makes what the entry may have in common with others.
func (c *Compiler) terms(e *Entry, spec *schedule.Spec) (*terms, error) {
	sched, err := c.kinds.Compile(*spec)
	if err != nil {
		return nil, err
	}
	opts, err := optionsOf(e)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(e); err != nil {
		return nil, err
	}
	return &terms{
		Schedule: sched, Once: once(e), MaxRuns: e.MaxRuns,
		Misfire: orDefault(e.Misfire, MisfireLast), Window: e.MisfireWindow,
		Delivery: orDefault(e.Delivery, AtLeastOnce),
		kind:     spec.Kind, spec: spec.Hash(), task: message.Task{Name: e.Task, Options: opts},
	}, nil
}

// limits makes those of an entry.
func (c *Compiler) limits(e *Entry) *limits {
	l := limits{
		start: microsOf(e.StartTime), end: microsOf(earliest(e.EndTime, e.Expires)), offset: jitter(e),
		ran: microsOf(e.RanAt), ranAsOf: microsOf(e.DecidedTo),
	}
	if l == *c.none {
		return c.none
	}
	own := l // here, so that it takes memory only here
	return &own
}

// check renders the message once, so that a row which cannot be sent, or must not, is known before it is due.
func (c *Compiler) check(spec *schedule.Spec, task message.Task, p *Plan) error {
	env, err := c.build.Build(task, message.Stamp{ID: "00000000-0000-0000-0000-000000000000", Now: p.modified.time()})
	if err != nil {
		return err
	}
	return c.policy.check(spec, task.Name, &env)
}

// optionsOf joins the options of the row with the columns that are options.
func optionsOf(e *Entry) (message.Options, error) {
	opts, err := message.ParseOptions(e.Options)
	if err != nil {
		return message.Options{}, err
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
	return opts, nil
}

// kwargsOf lays those of the schedule over those of the task.
func kwargsOf(e *Entry) (json.RawMessage, error) {
	if len(e.ScheduleKwargs) == 0 {
		return e.Kwargs, nil
	}
	kwargs, err := message.MergeObjects(e.Kwargs, e.ScheduleKwargs)
	if err != nil {
		return nil, &message.OptionError{
			Field: "kwargs", Value: string(e.ScheduleKwargs), Problem: "cannot be laid over those of the task: " + err.Error(),
		}
	}
	return kwargs, nil
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

func planHash(p *Plan) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, v := range [...]uint64{p.spec, unixMicro(p.start), unixMicro(p.end), uint64(p.offset)} {
		binary.BigEndian.PutUint64(b[:], v)
		_, _ = h.Write(b[:])
	}
	// SQL stores keep it in a signed column, and 0 is taken.
	return h.Sum64()>>1 | 1
}

// unixMicro is 0 for the zero instant, because the hash is stored and has always been made so.
func unixMicro(m micros) uint64 {
	if m == 0 {
		return 0
	}
	return uint64(m.time().UnixMicro())
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
