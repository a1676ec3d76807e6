package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/beat/schedule"
)

// scheduleFlags holds the flags that state a schedule.
type scheduleFlags struct {
	set *pflag.FlagSet

	crontab, second, every, period, at, cron, rrule, solar, timezone, dst, exclude string

	relative bool
}

func (f *scheduleFlags) register(set *pflag.FlagSet) {
	f.set = set
	set.StringVar(&f.crontab, "crontab", "", `five fields as in Celery: "minute hour day-of-month month day-of-week", or @daily`)
	set.StringVar(&f.second, "second", "", "seconds of a crontab; by default 0, the start of the minute")
	set.StringVar(&f.every, "every", "", "interval such as 10s, 90m, 2d, or a number together with --period")
	set.StringVar(&f.period, "period", "", "unit of --every: microseconds, seconds (default), minutes, hours or days")
	set.StringVar(&f.at, "at", "", "the one instant of a schedule that runs once, such as 2026-01-01T10:00:00Z")
	set.StringVar(&f.cron, "cron", "", `expression of robfig/cron, such as "@daily" or "0 30 * * * *"`)
	set.StringVar(&f.rrule, "rrule", "", `recurrence rule of RFC 5545, such as "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9"`)
	set.StringVar(&f.solar, "solar", "", `event of the sun and where, in degrees: "sunrise 52.52 13.40"`)
	set.BoolVar(&f.relative, "relative", false, "round an interval down to whole days, hours, minutes or seconds, as Celery can")
	set.StringVar(&f.dst, "dst", "", "what clock changes do to a crontab: celery (default), skip, once or both")
	set.StringVar(&f.exclude, "exclude", "", `days without a run: "2026-12-25,01-01,@calendar"`)
	set.StringVar(&f.timezone, "timezone", "", "zone of the schedule, such as Europe/Berlin; by default the setting timezone")
}

// states tells whether the flags state a whole schedule, not only a part of one.
func (f *scheduleFlags) states() bool { return len(f.kinds()) > 0 }

// given tells whether any flag of a schedule was given.
func (f *scheduleFlags) given() bool {
	for _, name := range [...]string{"second", "period", "timezone", "relative", "dst", "exclude"} {
		if f.set.Changed(name) {
			return true
		}
	}
	return f.states()
}

func (f *scheduleFlags) kinds() []string {
	var kinds []string
	for _, name := range [...]string{"crontab", "every", "at", "cron", "rrule", "solar"} {
		if f.set.Changed(name) {
			kinds = append(kinds, "--"+name)
		}
	}
	return kinds
}

// Validate refuses flags that contradict one another.
func (f *scheduleFlags) Validate() error {
	if kinds := f.kinds(); len(kinds) > 1 {
		return usagef("%s cannot stand together: a schedule is one of them", strings.Join(kinds, " and "))
	}
	return nil
}

// apply changes a schedule by the flags that were given. It returns the zone in which local times are to be read:
// that of the schedule, or the given one.
func (f *scheduleFlags) apply(s *schedule.Spec, zone *time.Location) (*time.Location, error) {
	if f.set.Changed("timezone") {
		s.Timezone = f.timezone
	}
	if s.Timezone != "" {
		named, err := loadZone(s.Timezone)
		if err != nil {
			return nil, usagef("--timezone: %s", err)
		}
		zone = named
	}
	exclude := s.Exclude // it stays when the rest is stated anew
	var err error
	switch {
	case f.set.Changed("crontab"):
		err = f.applyCrontab(s)
	case f.set.Changed("every"):
		err = f.applyEvery(s)
	case f.set.Changed("at"):
		*s = schedule.Spec{Kind: schedule.KindClocked, Timezone: s.Timezone}
		if s.Clocked, err = parseTime(f.at, zone); err != nil {
			err = usagef("--at: %s", err)
		}
	case f.set.Changed("cron"):
		*s = schedule.Spec{Kind: schedule.KindCron, Timezone: s.Timezone, Expression: f.cron}
	case f.set.Changed("rrule"):
		*s = schedule.Spec{Kind: schedule.KindRRule, Timezone: s.Timezone, Expression: f.rrule}
	case f.set.Changed("solar"):
		err = f.applySolar(s)
	}
	if err != nil {
		return nil, err
	}
	s.Exclude = exclude
	return zone, f.applyParts(s)
}

func (f *scheduleFlags) applyCrontab(s *schedule.Spec) error {
	fields, err := schedule.ParseCrontab(f.crontab)
	if err != nil {
		return usagef("--%s", err)
	}
	fields.Timezone, fields.DST = s.Timezone, s.DST
	if fields.Second == "" {
		fields.Second = s.Second
	}
	*s = fields
	return nil
}

func (f *scheduleFlags) applyEvery(s *schedule.Spec) error {
	n, period, err := parseEvery(f.every)
	if err != nil {
		return usagef("--every: %s", err)
	}
	switch {
	case period != "" && f.set.Changed("period"):
		return usagef("--period: --every %s states its unit already", f.every)
	case period == "" && s.Kind == schedule.KindInterval:
		period = s.Period
	case period == "":
		period = "seconds"
	}
	*s = schedule.Spec{Kind: schedule.KindInterval, Timezone: s.Timezone, Every: n, Period: period}
	return nil
}

func (f *scheduleFlags) applySolar(s *schedule.Spec) error {
	words := strings.Fields(strings.ReplaceAll(f.solar, ",", " "))
	if len(words) != 3 {
		return usagef(`--solar: %q is not an event, a latitude and a longitude such as "sunrise 52.52 13.40"`, f.solar)
	}
	var place [2]float64
	for i, name := range [...]string{"latitude", "longitude"} {
		var err error
		if place[i], err = strconv.ParseFloat(words[i+1], 64); err != nil {
			return usagef("--solar: the %s %q is not a number of degrees", name, words[i+1])
		}
	}
	*s = schedule.Spec{
		Kind: schedule.KindSolar, Timezone: s.Timezone, Event: words[0], Latitude: &place[0], Longitude: &place[1],
	}
	return nil
}

// applyParts sets what may be given without the rest of the schedule.
func (f *scheduleFlags) applyParts(s *schedule.Spec) error {
	if f.set.Changed("second") {
		if s.Kind != schedule.KindCrontab {
			return usagef("--second: belongs to a crontab")
		}
		s.Second = strings.TrimSpace(f.second)
	}
	if f.set.Changed("period") {
		if s.Kind != schedule.KindInterval {
			return usagef("--period: belongs to --every")
		}
		s.Period = plural(f.period)
	}
	if f.set.Changed("relative") {
		if s.Kind != schedule.KindInterval {
			return usagef("--relative: belongs to --every")
		}
		s.Relative = f.relative
	}
	if f.set.Changed("dst") {
		if s.Kind != schedule.KindCrontab {
			return usagef("--dst: belongs to a crontab")
		}
		s.DST = f.dst
	}
	if f.set.Changed("exclude") {
		s.Exclude = f.exclude
	}
	return nil
}

// parseEvery reads a number, whose period is then empty, or a duration, which it states in the largest unit that
// gives a whole number.
func parseEvery(text string) (n int64, period string, err error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, "", nil
	}
	d, err := parseSpan(text)
	if err != nil || text == "" {
		return 0, "", fmt.Errorf("%q is not an interval such as 10s, 1h30m, 2d or 10", text)
	}
	for _, p := range periods() {
		if d >= p.length && d%p.length == 0 {
			return int64(d / p.length), p.name, nil
		}
	}
	return 0, "", fmt.Errorf("%q is not a whole number of microseconds above 0", text)
}

type period struct {
	name   string
	length time.Duration
}

func periods() [5]period {
	return [...]period{
		{"days", 24 * time.Hour},
		{"hours", time.Hour},
		{"minutes", time.Minute},
		{"seconds", time.Second},
		{"microseconds", time.Microsecond},
	}
}

// plural lets people write "hour" for "hours"; anything else is left for the check of the row.
func plural(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, p := range periods() {
		if text+"s" == p.name {
			return p.name
		}
	}
	return text
}

// loadZone finds a zone of the IANA database.
func loadZone(name string) (*time.Location, error) {
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
		return zone, nil
	}
	return nil, fmt.Errorf("%.80q is not a zone of the IANA database such as Europe/Berlin or UTC", name)
}
