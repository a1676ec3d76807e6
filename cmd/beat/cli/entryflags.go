package cli

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/beat"
)

// entryFlag is a flag that sets one field of an entry. An empty value clears the field.
type entryFlag struct {
	name  string
	kind  string // of the value, for help; "bool" may stand without one
	usage string
	set   func(e *beat.Entry, text string, zone *time.Location) error
}

// entryFlags holds the flags that were given on one command line.
type entryFlags struct {
	set      *pflag.FlagSet
	schedule scheduleFlags
	table    []entryFlag
}

// register adds the flags of a schedule and those of the given tables to a command.
func (f *entryFlags) register(set *pflag.FlagSet, tables ...[]entryFlag) {
	f.set = set
	f.schedule.register(set)
	for _, table := range tables {
		for _, flag := range table {
			set.Var(&textValue{kind: flag.kind}, flag.name, flag.usage)
			if flag.kind == "bool" {
				set.Lookup(flag.name).NoOptDefVal = "true"
			}
		}
		f.table = append(f.table, table...)
	}
}

// given tells which flags of the table were given.
func (f *entryFlags) given(table []entryFlag) []string {
	var names []string
	for _, flag := range table {
		if f.set.Changed(flag.name) {
			names = append(names, "--"+flag.name)
		}
	}
	return names
}

// apply changes the entry by the flags that were given, and by no other. A local time is read in the schedule's zone,
// or in zone when it has none.
func (f *entryFlags) apply(e *beat.Entry, zone *time.Location) error {
	zone, err := f.schedule.apply(&e.Spec, zone)
	if err != nil {
		return err
	}
	for _, flag := range f.table {
		if !f.set.Changed(flag.name) {
			continue
		}
		if err := flag.set(e, f.set.Lookup(flag.name).Value.String(), zone); err != nil {
			return usagef("--%s: %s", flag.name, err)
		}
	}
	return nil
}

// taskFlags are the flags of what belongs to a task and so to all its schedules.
func taskFlags() []entryFlag {
	return []entryFlag{
		{
			"task", "name", "registered name of the task that workers run",
			textField(func(e *beat.Entry) *string { return &e.Task }),
		},
		{"args", "json", "positional arguments, a JSON array", listField(fieldArgs)},
		{"kwargs", "json", "keyword arguments, a JSON object", objectField(fieldKwargs)},
		{
			"queue", "name", "queue to send to; by default that of the settings, task_default_queue",
			textField(func(e *beat.Entry) *string { return &e.Queue }),
		},
		{
			"exchange", "name", "exchange to publish to; by default that of the queue",
			textField(func(e *beat.Entry) *string { return &e.Exchange }),
		},
		{
			"routing-key", "key", "routing key; by default that of the queue",
			textField(func(e *beat.Entry) *string { return &e.RoutingKey }),
		},
		{"priority", "0-255", "priority of the message; by default none", setPriority},
		{"headers", "json", "further headers of the message, a JSON object", objectField(fieldHeaders)},
		{
			"expires", "time", "instant after which the task is worthless; by default never",
			timeField(func(e *beat.Entry) *time.Time { return &e.Expires }),
		},
		{"expire-seconds", "seconds", "the same, counted from sending", setExpireSeconds},
		{
			"options", "json", `any other options of apply_async, a JSON object such as {"time_limit": 60}`,
			objectField(fieldOptions),
		},
		{"one-off", "bool", "run once, then switch the task off; by default it goes on", boolField(fieldOneOff)},
		{"start-time", "time", "no run before this instant; by default none", timeField(fieldStart)},
		{"end-time", "time", "no run after this instant; by default none", timeField(fieldEnd)},
		{"max-runs", "n", "most runs of each schedule; by default 0, which is no limit", setMaxRuns},
		{
			"misfire", "last|skip|all", "what is done about missed runs; by default last, the latest one is made up",
			func(e *beat.Entry, v string, _ *time.Location) error { e.Misfire = beat.Misfire(v); return nil },
		},
		{
			"misfire-window", "duration", "runs missed by more are not made up; by default 0, which is no limit",
			spanField(func(e *beat.Entry) *time.Duration { return &e.MisfireWindow }),
		},
		{
			"delivery", "mode", "at_least_once (default) or at_most_once: whether a run of unknown fate is sent again",
			func(e *beat.Entry, v string, _ *time.Location) error { e.Delivery = beat.Delivery(v); return nil },
		},
		{
			"description", "text", "a note for people; by default none",
			textField(func(e *beat.Entry) *string { return &e.Description }),
		},
	}
}

// ownFlags are the flags of what belongs to one schedule of a task.
func ownFlags() []entryFlag {
	return []entryFlag{
		{
			"schedule-kwargs", "json", "keyword arguments of this schedule, laid over those of the task",
			objectField(fieldScheduleKwargs),
		},
		{
			"jitter", "duration", "each run is put off by a fixed part of this, to spread load; by default 0",
			spanField(func(e *beat.Entry) *time.Duration { return &e.Jitter }),
		},
	}
}

// textValue is a flag whose text is read later, when the zone is known.
type textValue struct {
	text, kind string
}

func (v *textValue) String() string { return v.text }
func (v *textValue) Type() string   { return v.kind }

func (v *textValue) Set(text string) error {
	v.text = strings.TrimSpace(text)
	return nil
}
