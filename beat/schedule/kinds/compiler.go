package kinds

import (
	"strings"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/robfig"
	"github.com/gobeat/gobeat/beat/schedule/rrule"
)

// shared is the most schedules that a Compiler keeps for sharing. Beyond that it begins anew: what was compiled stays as
// it is, and rows that come later share among themselves.
const shared = 1 << 16

// Compiler turns specs into schedules. Equal specs get the same schedule, zones are loaded once. It is safe for
// concurrent use.
type Compiler struct {
	zones     zones
	calendars schedule.Calendar

	mu       sync.Mutex
	compiled map[string]schedule.Schedule // by Spec.AppendKey
}

// NewCompiler returns a Compiler that reads specs without a time zone in the zone given; nil means UTC. Exclusions may
// name the calendars; nil means that there are none.
func NewCompiler(zone *time.Location, calendars schedule.Calendar) *Compiler {
	return &Compiler{
		zones:     zones{standard: schedule.NewZone(zone), loaded: map[string]*schedule.Zone{}},
		calendars: calendars,
		compiled:  map[string]schedule.Schedule{},
	}
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
	zone := c.zones.standard
	if zoned(spec) {
		var err error
		if zone, err = c.zones.find(spec.Timezone); err != nil {
			return nil, err
		}
	}
	s, err := c.ofKind(spec, zone)
	if err != nil || spec.Exclude == "" {
		return s, err
	}
	days, err := schedule.ParseDays("exclude", spec.Exclude, c.calendars)
	if err != nil || days.Empty() {
		return s, err
	}
	return schedule.NewExcept(s, days, zone), nil
}

func (c *Compiler) ofKind(spec schedule.Spec, zone *schedule.Zone) (schedule.Schedule, error) {
	switch spec.Kind {
	case schedule.KindCrontab:
		return schedule.NewCrontab(spec, zone)
	case schedule.KindInterval:
		every, err := schedule.NewInterval(spec.Every, spec.Period)
		if err != nil || !spec.Relative {
			return every, err
		}
		return schedule.NewRelative(every, zone), nil
	case schedule.KindSolar:
		return solar(spec)
	case schedule.KindClocked:
		return schedule.NewClocked(spec.Clocked)
	case schedule.KindCron:
		return robfig.Parse(spec.Expression, zone, c.zones.find)
	case schedule.KindRRule:
		return rrule.Parse(spec.Expression, zone, c.zones.find)
	}
	return nil, &schedule.FieldError{
		Field: "kind", Value: string(spec.Kind), Problem: "is not one of " + kindList(),
	}
}

func solar(spec schedule.Spec) (schedule.Schedule, error) {
	const missing = "is missing, a number of degrees is wanted"
	if spec.Latitude == nil {
		return nil, &schedule.FieldError{Field: "latitude", Problem: missing}
	}
	if spec.Longitude == nil {
		return nil, &schedule.FieldError{Field: "longitude", Problem: missing}
	}
	return schedule.NewSolar(spec.Event, *spec.Latitude, *spec.Longitude)
}

// zoned tells whether the zone of a spec counts; where it does not, one that is unknown harms nothing.
func zoned(spec schedule.Spec) bool {
	switch spec.Kind {
	case schedule.KindInterval:
		return spec.Relative || spec.Exclude != ""
	case schedule.KindClocked, schedule.KindSolar:
		return spec.Exclude != ""
	case schedule.KindCrontab, schedule.KindCron, schedule.KindRRule:
		return true
	}
	return false
}

func kindList() string {
	texts := make([]string, 0, 8)
	for _, k := range schedule.Kinds() {
		texts = append(texts, string(k))
	}
	return strings.Join(texts, ", ")
}
