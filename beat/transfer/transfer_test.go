package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/transfer"
	"github.com/gobeat/gobeat/broker/message"
)

func export(t testing.TB, s beat.Lister, f transfer.Format) string {
	t.Helper()
	var out bytes.Buffer
	x := transfer.Exporter{Store: s, Format: f, WithState: true}
	if _, err := x.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func importInto(t testing.TB, s transfer.Store, text string) transfer.Result {
	t.Helper()
	m := transfer.Importer{Store: s, State: true}
	r, err := m.Import(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

// anyText draws texts with what files tend to lose.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "1", "1.0", "true", "null", "~", "- a", "a: b", "# c", "'", `"`, "\n", " a ", "é", "😀", "2026-01-01", "0x1f", "\u2028", "\x00", "---",
	}))
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Map(rapid.Int64Range(0, 4e15), func(us int64) time.Time {
		if us%3 == 0 {
			return time.Time{}
		}
		return time.UnixMicro(us).UTC()
	})
}

func anyJSON(t *rapid.T, label string) json.RawMessage {
	if rapid.Bool().Draw(t, "no "+label) {
		return nil
	}
	text, err := json.Marshal([]any{anyText().Draw(t, label), rapid.Float64().Draw(t, label), 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(" " + string(text)) // blanks stay, too
}

func anySpec(t *rapid.T) schedule.Spec {
	degrees := rapid.Float64Range(-90, 90).Draw(t, "degrees") + 0 // no -0, which is the same place
	s := rapid.SampledFrom([]schedule.Spec{
		{Kind: schedule.KindInterval, Every: rapid.Int64Range(1, 1e12).Draw(t, "every"), Period: "seconds", Relative: true},
		{Kind: schedule.KindCrontab, Minute: "*/5", Hour: "0", DayOfWeek: "mon", Timezone: "Europe/Berlin", DST: "skip", Exclude: "2026-12-24"},
		{Kind: schedule.KindSolar, Event: "sunset", Latitude: &degrees, Longitude: &degrees},
		{Kind: schedule.KindClocked, Clocked: time.UnixMicro(rapid.Int64Range(1, 4e15).Draw(t, "clocked")).UTC()},
		{Kind: schedule.KindCron, Expression: "@every 1h30m"},
		{Kind: schedule.KindRRule, Expression: "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY"},
		{Kind: schedule.KindCrontab, Minute: "61"}, // is set aside, but kept
	}).Draw(t, "spec")
	return s
}

func anyEntry(t *rapid.T, name string) beat.Entry {
	e := beat.Entry{
		Name: name, Task: "proj." + rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "task"), Description: anyText().Draw(t, "description"),
		Owner: anyText().Draw(t, "owner"), Args: anyJSON(t, "args"), Queue: anyText().Draw(t, "queue"),
		RoutingKey: anyText().Draw(t, "routing_key"), Exchange: anyText().Draw(t, "exchange"),
		Expires: anyTime().Draw(t, "expires"), StartTime: anyTime().Draw(t, "start"), EndTime: anyTime().Draw(t, "end"),
		Enabled: rapid.Bool().Draw(t, "enabled"), OneOff: rapid.Bool().Draw(t, "one-off"),
		MaxRuns: rapid.Int64Range(0, 9).Draw(t, "max_runs"), MisfireWindow: time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "window")),
		Misfire:  rapid.SampledFrom([]beat.Misfire{"", beat.MisfireLast, beat.MisfireSkip, beat.MisfireAll}).Draw(t, "misfire"),
		Delivery: rapid.SampledFrom([]beat.Delivery{"", beat.AtLeastOnce, beat.AtMostOnce}).Draw(t, "delivery"),
		Active:   rapid.Bool().Draw(t, "active"), Spec: anySpec(t), Jitter: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "jitter")),
	}
	if rapid.Bool().Draw(t, "options") {
		n, seconds := rapid.IntRange(0, 255).Draw(t, "priority"), rapid.Float64Range(0, 1e9).Draw(t, "expire_seconds")
		e.Priority, e.ExpireSeconds = &n, &seconds
		e.Kwargs, e.Headers = json.RawMessage(`{"a": 1.0}`), json.RawMessage(`{"b":[]}`)
		e.Options, e.ScheduleKwargs = json.RawMessage(`{"shadow":"é"}`), json.RawMessage(`{ }`)
	}
	return e
}

// TestRoundTrip carries anything from a store through a file into another store, and wants the same file from there.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		from, to := memstore.New(), memstore.New()
		var cursors []beat.Cursor
		for i := range rapid.IntRange(0, 5).Draw(r, "tasks") {
			e := anyEntry(r, fmt.Sprint(i, anyText().Draw(r, "name")))
			for range rapid.IntRange(1, 3).Draw(r, "schedules") {
				added, err := from.Add(t.Context(), e)
				if err != nil {
					r.Fatal(err)
				}
				e.TaskID, e.Spec, e.Active = added.TaskID, anySpec(r), rapid.Bool().Draw(r, "active")
				if at := anyTime().Draw(r, "decided_to"); !at.IsZero() {
					cursors = append(cursors, beat.Cursor{
						ID: added.ID, DecidedTo: at, LastRun: anyTime().Draw(r, "last_run"), Next: anyTime().Draw(r, "next"),
						Fires: rapid.Int64Range(0, 1e9).Draw(r, "fires"), Spec: rapid.Uint64().Draw(r, "spec"), Note: anyText().Draw(r, "note"),
					})
				}
			}
		}
		if err := from.Put(t.Context(), cursors); err != nil {
			r.Fatal(err)
		}
		f := rapid.SampledFrom([]transfer.Format{transfer.YAML, transfer.JSON}).Draw(r, "format")
		file := export(t, from, f)
		result := importInto(t, to, file)
		if again := export(t, to, f); again != file {
			r.Fatalf("the file\n%s\nis after an import\n%s", file, again)
		}
		if twice := importInto(t, to, file); twice != (transfer.Result{Same: result.Added}) {
			r.Fatalf("a second import: %+v after %+v of\n%s", twice, result, file)
		}
	})
}

const two = `gobeat: 1
---
name: a
task: proj.a
queue: slow
schedules:
  - kind: interval
    every: 10
    period: seconds
  - kind: crontab
    minute: "30"
    inactive: true
---
name: b
task: proj.b
args: '[1]'
schedules:
  - kind: clocked
    clocked_time: 2030-01-01T02:00:00+02:00
    jitter: 1m30s
    state:
      decided_to: 2026-01-01T00:00:00Z
      runs: 3
`

func TestWrittenByHand(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	if r := importInto(t, s, two); r.Added != 2 {
		t.Fatalf("got %+v, want two added", r)
	}
	entries, _, err := s.List(t.Context(), beat.Filter{}, "", 10)
	if err != nil || len(entries) != 3 {
		t.Fatalf("got %d entries, %v, want three", len(entries), err)
	}
	a, b := entries[1], entries[2]
	if a.Entry.Active || !a.Entry.Enabled || a.Entry.Queue != "slow" || a.Entry.TaskID != entries[0].Entry.TaskID {
		t.Errorf("got %+v, want the second schedule of the same task, inactive", a.Entry)
	}
	if want := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC); !b.Entry.Spec.Clocked.Equal(want) || b.Entry.Jitter != 90*time.Second {
		t.Errorf("got %+v, want %s and 90 s", b.Entry, want)
	}
	if b.Cursor.Fires != 3 || b.Cursor.DecidedTo.Year() != 2026 {
		t.Errorf("got the cursor %+v, want three runs, decided to 2026", b.Cursor)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	importInto(t, s, two)
	changed := strings.Replace(strings.Replace(two, "slow", "fast", 1), `  - kind: crontab
    minute: "30"
    inactive: true
`, "", 1)
	if r := importInto(t, s, changed); r != (transfer.Result{Same: 1, Kept: 1}) {
		t.Errorf("got %+v, want one kept", r)
	}
	m := transfer.Importer{Store: s, State: true, Replace: true, DryRun: true}
	for _, dry := range []bool{true, false} {
		m.DryRun = dry
		r, err := m.Import(t.Context(), strings.NewReader(changed))
		if err != nil || r != (transfer.Result{Same: 1, Replaced: 1}) {
			t.Errorf("got %+v, %v, want one replaced", r, err)
		}
	}
	entries, _, err := s.List(t.Context(), beat.Filter{Name: "a"}, "", 10)
	if err != nil || len(entries) != 1 || entries[0].Entry.Queue != "fast" {
		t.Errorf("got %+v, %v, want one schedule in the queue fast", entries, err)
	}
}

// TestOldFile has schedules that ran since the file was written: they do not go back, also when their task is replaced.
func TestOldFile(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	importInto(t, s, two)
	b, _, err := s.List(t.Context(), beat.Filter{Name: "b"}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	later := b[0].Cursor
	later.DecidedTo, later.Fires = later.DecidedTo.Add(time.Hour), 4
	if err := s.Put(t.Context(), []beat.Cursor{later}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{two, strings.Replace(two, "'[1]'", "'[2]'", 1)} {
		m := transfer.Importer{Store: s, State: true, Replace: true}
		if _, err := m.Import(t.Context(), strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
		b, _, err = s.List(t.Context(), beat.Filter{Name: "b"}, "", 10)
		if err != nil || !b[0].Cursor.DecidedTo.Equal(later.DecidedTo) || b[0].Cursor.Fires != 4 {
			t.Errorf("got %+v, %v, want it decided to %s", b, err, later.DecidedTo)
		}
	}
	if string(b[0].Entry.Args) != "[2]" {
		t.Errorf("got args %s, want them replaced", b[0].Entry.Args)
	}
}

func compiler(t testing.TB) *beat.Compiler {
	t.Helper()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
}

// TestGoesOn has a state without spec, as it comes from the tables of other schedulers: what became due since is made up,
// as after a stop of beat.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	compile := compiler(t)
	s := memstore.New()
	file := strings.Replace(two, "    inactive: true\n", "    state: {decided_to: 2026-01-01T00:30:00Z}\n", 1)
	m := transfer.Importer{Store: s, Planner: compile, State: true}
	if _, err := m.Import(t.Context(), strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	entries, _, err := s.List(t.Context(), beat.Filter{Name: "a"}, "", 10)
	if err != nil || len(entries) != 2 {
		t.Fatalf("got %+v, %v, want two", entries, err)
	}
	crontab := entries[1]
	plan, bad := compile.Plan(&crontab.Entry)
	if bad != nil {
		t.Fatal(bad)
	}
	if crontab.Cursor.Spec != plan.Hash {
		t.Errorf("it was decided on %x, want %x, so that it counts from %s", crontab.Cursor.Spec, plan.Hash, crontab.Cursor.DecidedTo)
	}
}

// worded is a store that writes out the zone of crontabs, as the tables of other schedulers do.
type worded struct{ *memstore.Store }

func (w worded) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	e.Spec.Timezone = "UTC"
	return w.Store.Add(ctx, e)
}

func (w worded) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	e.Spec.Timezone = "UTC"
	return w.Store.Update(ctx, e)
}

// TestDecidedOn has a schedule that the store keeps in other words, one whose jitter comes from its id, and one that was
// changed after it was decided on: the first two go on where they stand, the last one counts from now.
func TestDecidedOn(t *testing.T) {
	t.Parallel()
	compile := compiler(t)
	entry := beat.Entry{Name: "a", Task: "proj.a", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "1"}}
	plan, bad := compile.Plan(&entry)
	if bad != nil {
		t.Fatal(bad)
	}
	file := fmt.Sprintf(`gobeat: 1
---
name: a
task: proj.a
schedules:
  - {kind: crontab, minute: "1", state: {decided_to: 2026-01-01T00:01:00Z, spec: "%x"}}
  - {kind: crontab, minute: "2", jitter: 10m, state: {decided_to: 2026-01-01T00:02:00Z, spec: "5"}}
  - {kind: crontab, minute: "3", state: {decided_to: 2026-01-01T00:03:00Z, spec: "6"}}
`, plan.Hash)
	s := memstore.New()
	m := transfer.Importer{Store: worded{s}, Planner: compile, State: true}
	if _, err := m.Import(t.Context(), strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	list, _, err := s.List(t.Context(), beat.Filter{}, "", 10)
	if err != nil || len(list) != 3 {
		t.Fatalf("got %+v, %v, want three", list, err)
	}
	for i, st := range list {
		want := uint64(6)
		if i < 2 {
			plan, bad := compile.Plan(&st.Entry)
			if bad != nil {
				t.Fatal(bad)
			}
			want = plan.Hash
		}
		if st.Cursor.Spec != want {
			t.Errorf("schedule %d was decided on %x, want %x", i+1, st.Cursor.Spec, want)
		}
	}
}

// TestLed has a leader, under which cursors cannot be moved.
func TestLed(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	if _, err := s.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "leader"}, time.Minute, 0); err != nil {
		t.Fatal(err)
	}
	m := transfer.Importer{Store: s, State: true}
	if _, err := m.Import(t.Context(), strings.NewReader(two)); !errors.Is(err, beat.ErrFenced) {
		t.Errorf("got %v, want ErrFenced", err)
	}
	m.State = false
	if r, err := m.Import(t.Context(), strings.NewReader(two)); err != nil || r.Added+r.Same != 2 {
		t.Errorf("got %+v, %v without state, want both there", r, err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(two)
	f.Add(`{"gobeat": 1} {"name": "a", "task": "b", "schedules": [{"kind": "interval", "every": 1, "period": "days"}]}`)
	f.Fuzz(func(t *testing.T, file string) {
		m := transfer.Importer{Store: memstore.New(), State: true}
		r, err := m.Import(t.Context(), strings.NewReader(file))
		if err == nil && r.Refused > 0 {
			t.Errorf("%d refused without an error", r.Refused)
		}
	})
}
