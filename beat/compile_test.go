package beat

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

func newTestCompiler(tb testing.TB) *Compiler {
	tb.Helper()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		tb.Fatal(err)
	}
	return NewCompiler(kinds.NewCompiler(nil, nil), build)
}

func numbered(i int) Entry {
	n := strconv.Itoa(i)
	return Entry{
		ID: EntryID(n), Name: "report of customer " + n, Task: "proj.tasks.report", Enabled: true, Active: true,
		Args: json.RawMessage("[" + n + ", 2]"), Kwargs: json.RawMessage(`{"customer": ` + n + "}"), Queue: "reports",
		Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: strconv.Itoa(i % 60)},
	}
}

// What two entries have in common is there once; what they have not is not mixed up.
func TestPlansShareTerms(t *testing.T) {
	t.Parallel()
	c := newTestCompiler(t)
	plan := func(e Entry) *Plan {
		p, bad := c.Plan(&e)
		if bad != nil {
			t.Fatal(bad)
		}
		return p
	}
	first := plan(numbered(0))
	if other := plan(numbered(60)); other.terms != first.terms || string(other.Task().Args) != "[60, 2]" {
		t.Errorf("two entries that differ in their arguments share %v, and the arguments are %s",
			other.terms == first.terms, other.Task().Args)
	}
	five, seconds := 5, 2.5
	for name, change := range map[string]func(*Entry){
		"schedule":       func(e *Entry) { e.Spec.Minute = "1" },
		"task":           func(e *Entry) { e.Task = "proj.tasks.other" },
		"queue":          func(e *Entry) { e.Queue = "mail" },
		"exchange":       func(e *Entry) { e.Exchange = "mail" },
		"routing key":    func(e *Entry) { e.RoutingKey = "mail" },
		"priority":       func(e *Entry) { e.Priority = &five },
		"headers":        func(e *Entry) { e.Headers = json.RawMessage(`{"tenant": 1}`) },
		"options":        func(e *Entry) { e.Options = json.RawMessage(`{"time_limit": 1}`) },
		"expires":        func(e *Entry) { e.Expires = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) },
		"expire seconds": func(e *Entry) { e.ExpireSeconds = &seconds },
		"one off":        func(e *Entry) { e.OneOff = true },
		"max runs":       func(e *Entry) { e.MaxRuns = 3 },
		"misfire":        func(e *Entry) { e.Misfire = MisfireAll },
		"misfire window": func(e *Entry) { e.MisfireWindow = time.Minute },
		"delivery":       func(e *Entry) { e.Delivery = AtMostOnce },
	} {
		e := numbered(0)
		change(&e)
		if plan(e).terms == first.terms {
			t.Errorf("another %s is taken for the same", name)
		}
	}
}

// An entry whose terms are known is still refused for what is its own.
func TestKnownTermsExcuseNothing(t *testing.T) {
	t.Parallel()
	c := newTestCompiler(t)
	good := numbered(0)
	if _, bad := c.Plan(&good); bad != nil {
		t.Fatal(bad)
	}
	for field, change := range map[string]func(*Entry){
		"args":           func(e *Entry) { e.Args = json.RawMessage(`{"no": "array"}`) },
		"kwargs":         func(e *Entry) { e.Kwargs = json.RawMessage(`[1]`) },
		"jitter_seconds": func(e *Entry) { e.Jitter = -time.Second },
	} {
		e := numbered(0)
		change(&e)
		if _, bad := c.Plan(&e); bad == nil || bad.Field != field {
			t.Errorf("got %v, want a problem with %s", bad, field)
		}
	}
}

// A million plans are kept, so how many pieces of memory one takes is counted: itself, its arguments, and what passes.
func TestPlanAllocations(t *testing.T) {
	c := newTestCompiler(t)
	e := numbered(0)
	plan := func() { _, _ = c.Plan(&e) }
	plan()
	if got := testing.AllocsPerRun(100, plan); got != 3 {
		t.Errorf("a plan with known terms takes %v allocations, want 3", got)
	}
}

func BenchmarkCompile(b *testing.B) {
	c := newTestCompiler(b)
	entries := make([]Entry, 10_000)
	for i := range entries {
		entries[i] = numbered(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, bad := c.Plan(&entries[i%len(entries)]); bad != nil {
			b.Fatal(bad)
		}
	}
}
