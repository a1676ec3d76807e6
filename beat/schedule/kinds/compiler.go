package kinds

import (
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/robfig"
)

// shared is the most schedules that a Compiler keeps for sharing. Beyond that it begins anew: what was compiled stays as
// it is, and rows that come later share among themselves.
const shared = 1 << 16

// Compiler turns specs into schedules. Equal specs get the same schedule, zones are loaded once. It is safe for
// concurrent use.
type Compiler struct {
	zones zones

	mu       sync.Mutex
	compiled map[string]schedule.Schedule // by Spec.AppendKey
}

// NewCompiler returns a Compiler that reads specs without a time zone in the zone given; nil means UTC.
func NewCompiler(zone *time.Location) *Compiler {
	return &Compiler{
		zones:    zones{standard: schedule.NewZone(zone), loaded: map[string]*schedule.Zone{}},
		compiled: map[string]schedule.Schedule{},
	}
}

// Compile compiles one spec; see Compiler.Compile. Those who compile many should share a Compiler.
func Compile(spec schedule.Spec, zone *time.Location) (schedule.Schedule, error) {
	return NewCompiler(zone).Compile(spec)
}

// Compile checks a spec and returns its schedule. The error is a *schedule.FieldError.
func (c *Compiler) Compile(spec schedule.Spec) (schedule.Schedule, error) {
	key := spec.AppendKey(make([]byte, 0, 128))
	c.mu.Lock()
	s, ok := c.compiled[string(key)]
	c.mu.Unlock()
	if ok {
		return s, nil
	}
	s, err := c.compile(spec)
	if err != nil {
		return nil, err
	}
	if spec.Kind == schedule.KindClocked {
		return s, nil // hardly two are equal
	}
	return c.share(string(key), s), nil
}

// share returns the schedule that another caller has stored in the meantime, else stores this one.
func (c *Compiler) share(key string, s schedule.Schedule) schedule.Schedule {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.compiled[key]; ok {
		return other
	}
	if len(c.compiled) >= shared {
		clear(c.compiled)
	}
	c.compiled[key] = s
	return s
}

func (c *Compiler) compile(spec schedule.Spec) (schedule.Schedule, error) {
	switch spec.Kind {
	case schedule.KindCrontab:
		zone, err := c.zones.find(spec.Timezone)
		if err != nil {
			return nil, err
		}
		return schedule.NewCrontab(spec, zone)
	case schedule.KindInterval:
		return schedule.NewInterval(spec.Every, spec.Period)
	case schedule.KindClocked:
		return schedule.NewClocked(spec.Clocked)
	case schedule.KindCron:
		zone, err := c.zones.find(spec.Timezone)
		if err != nil {
			return nil, err
		}
		return robfig.Parse(spec.Expression, zone, c.zones.find)
	}
	return nil, &schedule.FieldError{
		Field: "kind", Value: string(spec.Kind), Problem: "is not one of crontab, interval, clocked, cron",
	}
}
