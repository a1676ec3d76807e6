package beat

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

func compiler(t *testing.T) *Compiler {
	t.Helper()
	b, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return NewCompiler(kinds.NewCompiler(time.UTC, nil), b)
}

func plan(t *testing.T, e Entry) *Plan {
	t.Helper()
	if e.Task == "" {
		e.Task = "proj.add"
	}
	e.Enabled, e.Active = true, true
	p, bad := compiler(t).Plan(&e)
	if bad != nil {
		t.Fatal(bad)
	}
	return p
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecide(t *testing.T) {
	t.Parallel()
	hourly := schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}
	tests := []struct {
		name    string
		entry   Entry
		decided string
		now     string

		deadline time.Duration
		want     Decision // only To, Fire, Missed, MissedReason and End count
		to       string
	}{
		{
			name: "on time", entry: Entry{Spec: hourly}, decided: "2025-05-01T09:00:00Z", now: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true}, to: "2025-05-01T10:00:00Z",
		},
		{
			name: "last makes up the latest", entry: Entry{Spec: hourly}, decided: "2025-05-01T09:00:00Z",
			now: "2025-05-01T13:30:00Z", to: "2025-05-01T13:00:00Z",
			want: Decision{Fire: true, Missed: 3, MissedReason: "coalesced"},
		},
		{
			name: "skip lets a short delay pass", entry: Entry{Spec: hourly, Misfire: MisfireSkip},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T10:00:59Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true},
		},
		{
			name: "skip makes up nothing", entry: Entry{Spec: hourly, Misfire: MisfireSkip},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T12:01:01Z", to: "2025-05-01T12:00:00Z",
			want: Decision{Missed: 3, MissedReason: "skipped"},
		},
		{
			name: "all begins with the earliest", entry: Entry{Spec: hourly, Misfire: MisfireAll},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T13:30:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true},
		},
		{
			name:    "all gives up what lies outside the window",
			entry:   Entry{Spec: hourly, Misfire: MisfireAll, MisfireWindow: 2 * time.Hour},
			decided: "2025-05-01T05:00:00Z", now: "2025-05-01T10:30:00Z", to: "2025-05-01T08:00:00Z",
			want: Decision{Missed: 3, MissedReason: "expired"},
		},
		{
			name:    "a run exactly as late as the window is made up",
			entry:   Entry{Spec: hourly, Misfire: MisfireAll, MisfireWindow: 2 * time.Hour},
			decided: "2025-05-01T07:00:00Z", now: "2025-05-01T10:00:00Z", to: "2025-05-01T08:00:00Z",
			want: Decision{Fire: true},
		},
		{
			name: "last outside the window", entry: Entry{Spec: hourly, MisfireWindow: 10 * time.Minute},
			decided: "2025-05-01T07:00:00Z", now: "2025-05-01T10:30:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Missed: 3, MissedReason: "expired"},
		},
		{
			name: "a crontab after the starting deadline", entry: Entry{Spec: hourly}, deadline: 10 * time.Minute,
			decided: "2025-05-01T07:00:00Z", now: "2025-05-01T10:10:01Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Missed: 3, MissedReason: "expired"},
		},
		{
			name: "a crontab exactly at the starting deadline", entry: Entry{Spec: hourly}, deadline: 10 * time.Minute,
			decided: "2025-05-01T07:00:00Z", now: "2025-05-01T10:10:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true, Missed: 2, MissedReason: "coalesced"},
		},
		{
			name: "the deadline looks at the newest run though the distances differ", deadline: 30 * time.Minute,
			entry:   Entry{Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "0,45"}},
			decided: "2025-05-01T08:45:00Z", now: "2025-05-01T10:20:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true, Missed: 2, MissedReason: "coalesced"},
		},
		{
			name: "the starting deadline is for crontabs only", deadline: time.Minute,
			entry:   Entry{Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 7, Period: "minutes"}},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T09:20:00Z", to: "2025-05-01T09:14:00Z",
			want: Decision{Fire: true, Missed: 1, MissedReason: "coalesced"},
		},
		{
			name: "one off", entry: Entry{Spec: hourly, OneOff: true},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T10:00:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true, End: EndTask},
		},
		{
			name: "last of max_runs", entry: Entry{Spec: hourly, MaxRuns: 1},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T10:00:00Z", to: "2025-05-01T10:00:00Z",
			want: Decision{Fire: true, End: EndSchedule},
		},
		{
			name: "nothing is made up after the end", entry: Entry{Spec: hourly, EndTime: at(t, "2025-05-01T11:30:00Z")},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T14:00:00Z", to: "2025-05-01T11:00:00Z",
			want: Decision{Fire: true, Missed: 1, MissedReason: "coalesced"},
		},
		{
			name: "an interval keeps its grid", entry: Entry{Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 7, Period: "minutes"}},
			decided: "2025-05-01T09:00:00Z", now: "2025-05-01T09:30:00Z", to: "2025-05-01T09:28:00Z",
			want: Decision{Fire: true, Missed: 3, MissedReason: "coalesced"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := at(t, tt.now)
			j := &job{id: "1", index: -1, plan: plan(t, tt.entry), decided: microsOf(at(t, tt.decided))}
			j.spec = j.plan.Hash
			j.settle(time.Time{}, now)
			if next := j.next.time(); next.IsZero() || next.After(now) {
				t.Fatalf("next run %v is not due at %v", next, now)
			}
			got := j.decide(now, misfires{grace: time.Minute, deadline: tt.deadline})
			if !got.To.Equal(at(t, tt.to)) {
				t.Errorf("To = %v, want %v", got.To, tt.to)
			}
			if got.Fire != tt.want.Fire || got.Missed != tt.want.Missed || got.MissedReason != tt.want.MissedReason ||
				got.End != tt.want.End {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if !got.Prev.Equal(j.decided.time()) {
				t.Errorf("Prev = %v, want %v", got.Prev, j.decided.time())
			}
			if got.End == EndNothing && got.Spec != j.plan.Hash || got.End != EndNothing && got.Spec != 0 {
				t.Errorf("Spec = %d with End %d", got.Spec, got.End)
			}
		})
	}
}

func TestPlanNext(t *testing.T) {
	t.Parallel()
	hourly := schedule.Spec{Kind: schedule.KindCrontab, Minute: "30"}
	tests := []struct {
		name  string
		entry Entry
		after string
		want  string // empty: never
	}{
		{"plain", Entry{Spec: hourly}, "2025-05-01T09:00:00Z", "2025-05-01T09:30:00Z"},
		{
			"a crontab with a start keeps its pattern",
			Entry{Spec: hourly, StartTime: at(t, "2025-05-01T10:00:00Z")},
			"2025-05-01T08:00:00Z", "2025-05-01T10:30:00Z",
		},
		{
			"the start itself counts",
			Entry{Spec: hourly, StartTime: at(t, "2025-05-01T10:30:00Z")},
			"2025-05-01T08:00:00Z", "2025-05-01T10:30:00Z",
		},
		{
			"an interval begins at the start",
			Entry{Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days"}, StartTime: at(t, "2025-05-01T10:17:00Z")},
			"2025-05-01T08:00:00Z", "2025-05-01T10:17:00Z",
		},
		{
			"and goes on from it",
			Entry{Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days"}, StartTime: at(t, "2025-05-01T10:17:00Z")},
			"2025-05-01T10:17:00Z", "2025-05-02T10:17:00Z",
		},
		{"the end counts", Entry{Spec: hourly, EndTime: at(t, "2025-05-01T09:30:00Z")}, "2025-05-01T09:00:00Z", "2025-05-01T09:30:00Z"},
		{"nothing after the end", Entry{Spec: hourly, EndTime: at(t, "2025-05-01T09:30:00Z")}, "2025-05-01T09:30:00Z", ""},
		{"nothing after expiry", Entry{Spec: hourly, Expires: at(t, "2025-05-01T09:00:00Z")}, "2025-05-01T09:00:00Z", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := plan(t, tt.entry).Next(at(t, tt.after))
			if ok != (tt.want != "") || ok && !got.Equal(at(t, tt.want)) {
				t.Errorf("got %v, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestPlanJitter(t *testing.T) {
	t.Parallel()
	spec := schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}
	from := at(t, "2025-05-01T09:30:00Z")
	seen := map[time.Duration]bool{}
	for _, id := range []EntryID{"1", "2", "3", "4"} {
		p := plan(t, Entry{ID: id, Spec: spec, Jitter: time.Minute})
		first, _ := p.Next(from)
		second, _ := p.Next(first)
		off := first.Sub(at(t, "2025-05-01T10:00:00Z"))
		if off < 0 || off >= time.Minute {
			t.Errorf("entry %s is put off by %v", id, off)
		}
		if second.Sub(first) != time.Hour {
			t.Errorf("entry %s runs %v after its first run, want an hour", id, second.Sub(first))
		}
		seen[off] = true
	}
	if len(seen) < 3 {
		t.Errorf("four entries share %d offsets", len(seen))
	}
}

func TestPlanErrors(t *testing.T) {
	t.Parallel()
	every := schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"}
	tests := []struct {
		name  string
		entry Entry
		field string
	}{
		{"schedule", Entry{Task: "a", Spec: schedule.Spec{Kind: schedule.KindCrontab, Hour: "24"}}, "hour"},
		{"kind", Entry{Task: "a", Spec: schedule.Spec{Kind: "lunar"}}, "kind"},
		{"zone", Entry{Task: "a", Spec: schedule.Spec{Kind: schedule.KindCrontab, Timezone: "Mars/Base"}}, "timezone"},
		{"misfire", Entry{Task: "a", Spec: every, Misfire: "maybe"}, "misfire"},
		{"delivery", Entry{Task: "a", Spec: every, Delivery: "twice"}, "delivery"},
		{"max runs", Entry{Task: "a", Spec: every, MaxRuns: -1}, "max_runs"},
		{"no task", Entry{Spec: every}, "task"},
		{"args", Entry{Task: "a", Spec: every, Args: []byte(`{bad`)}, "args"},
		{"kwargs", Entry{Task: "a", Spec: every, Kwargs: []byte(`[1]`)}, "kwargs"},
		{"kwargs of the schedule", Entry{Task: "a", Spec: every, Kwargs: []byte(`{"a": 1}`), ScheduleKwargs: []byte(`[1]`)}, "kwargs"},
		{"headers", Entry{Task: "a", Spec: every, Headers: []byte(`[1]`)}, "headers"},
		{"stored", Entry{Bad: &EntryError{Field: "every", Value: "x", Problem: "is not a number"}}, "every"},
	}
	c := compiler(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, bad := c.Plan(&tt.entry)
			if bad == nil {
				t.Fatalf("got a plan %+v", p)
			}
			if bad.Field != tt.field {
				t.Errorf("field = %q (%v), want %q", bad.Field, bad, tt.field)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	// Computed with Python: uuid5(uuid5(NAMESPACE_URL, "celery-beat:beat"),
	// "v1|db:task_schedule:7|2025-05-01T10:00:00.000000Z").
	const want = "83473158-b362-5740-b304-a69b7ce94f22"
	got := NewIdentity("beat", "db:task_schedule").Of(Run{ID: "7", Instant: at(t, "2025-05-01T12:00:00+02:00")})
	if got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
