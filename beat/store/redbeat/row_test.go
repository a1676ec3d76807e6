package redbeat

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
)

// recorded is what the real RedBeat wrote.
type recorded struct {
	Entries []struct {
		ID         string `json:"id"`
		Definition string `json:"definition"`
	} `json:"entries"`
	Metas []string `json:"metas"`
}

func golden(t testing.TB) recorded {
	t.Helper()
	text, err := os.ReadFile("testdata/entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Entries come out of RedBeat's JSON as they went in.
func TestEntries(t *testing.T) {
	t.Parallel()
	seconds := func(n int64) schedule.Spec {
		return schedule.Spec{Kind: schedule.KindInterval, Every: n, Period: "seconds"}
	}
	want := map[string]beat.Entry{
		"interval": {Spec: seconds(10)},
		"fraction": {Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 250_000, Period: "microseconds"}},
		"relative": {Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 3600, Period: "seconds", Relative: true}},
		"crontab": {
			Spec: schedule.Spec{
				Kind: schedule.KindCrontab, Minute: "*/5", Hour: "8,17", DayOfWeek: "mon-fri", DayOfMonth: "*", MonthOfYear: "*",
			},
			Args: json.RawMessage(`[1, "\u00fc"]`), Kwargs: json.RawMessage(`{"z": 1, "a": null}`),
		},
		"crontab of numbers": {Spec: schedule.Spec{
			Kind: schedule.KindCrontab, Minute: "0", Hour: "4", DayOfWeek: "*", DayOfMonth: "1", MonthOfYear: "12",
		}},
		"options": {Spec: seconds(60), Options: json.RawMessage(
			`{"expires":30.5,"headers":{"h":"1"},"priority":3,"queue":"q","time_limit":9}`)},
		"datetime in args": {
			Spec: seconds(60), Kwargs: json.RawMessage(`{}`),
			Args: json.RawMessage(`[{"__type__":"datetime","__value__":"2026-03-04T05:06:07.089000+00:00"}]`),
		},
		"expires":               {Spec: seconds(60), Expires: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)},
		"off":                   {Spec: seconds(60)},
		": / \\ . % ' \" { } 📨": {Spec: seconds(60)},
	}
	compile := kinds.NewCompiler(time.UTC, nil)
	for _, r := range golden(t).Entries {
		e := row{id: r.ID, definition: r.Definition}.entry()
		if e.Bad != nil {
			t.Errorf("%s: %v", r.ID, e.Bad)
			continue
		}
		if _, err := compile.Compile(e.Spec); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		w, ok := want[r.ID]
		if !ok { // rules have tests of their own
			if e.Spec.Kind != schedule.KindRRule {
				t.Errorf("%s is a %s", r.ID, e.Spec.Kind)
			}
			continue
		}
		w.ID, w.TaskID, w.Name, w.Task = beat.EntryID(r.ID), r.ID, r.ID, "proj.add"
		w.Active, w.Enabled = true, r.ID != "off"
		if w.Args == nil {
			w.Args, w.Kwargs = e.Args, e.Kwargs
		}
		if diff := cmp.Diff(w, e); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.ID, diff)
		}
	}
}

// What encode writes is read as the same entry.
func TestEncode(t *testing.T) {
	t.Parallel()
	for _, r := range golden(t).Entries {
		e := row{id: r.ID, definition: r.Definition}.entry()
		if e.Bad != nil {
			continue
		}
		if e.Args == nil {
			e.Args = json.RawMessage("[]") // RedBeat writes null
		}
		text, p := encode(&e)
		if p != nil {
			t.Errorf("%s: %s %s", r.ID, p.field, p.text)
			continue
		}
		if diff := cmp.Diff(e, row{id: r.ID, definition: text}.entry()); diff != "" {
			t.Errorf("%s (-before +after):\n%s", r.ID, diff)
		}
	}
}

// The last run is read whatever zone it was written in, and what we write is what RedBeat writes.
func TestMeta(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 89_000_000, time.UTC)
	for i, text := range golden(t).Metas {
		want := at
		if i == 3 { // null
			want = time.Time{}
		}
		got, p := lastRun(text)
		if p != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v, want %v", text, got, p, want)
		}
	}
	if got, want := `{"last_run_at": `+written(at)+`, "total_run_count": 3}`, golden(t).Metas[0]; got != want {
		t.Errorf("a meta is written as %s, by RedBeat as %s", got, want)
	}
}

// A bad entry says which field, which value, and what it should be.
func TestBadEntries(t *testing.T) {
	t.Parallel()
	plan := func(s string) string { return `{"name": "a", "task": "t", "schedule": ` + s + `}` }
	for _, tt := range []struct{ definition, meta, field string }{
		{``, "", "definition"},
		{`[]`, "", "definition"},
		{plan(`{"__type__": "interval", "every": 1, "relative": false}`) + "x", "", "definition"},
		{plan(`{"__type__": "lunar"}`), "", "schedule"},
		{plan(`null`), "", "schedule"},
		{plan(`{"__type__": "interval", "every": 0}`), "", "every"},
		{plan(`{"__type__": "interval", "every": 1e-9}`), "", "every"},
		{plan(`{"__type__": "interval", "every": 1e300}`), "", "every"},
		{plan(`{"__type__": "crontab", "minute": {"a": 1}}`), "", "schedule"},
		{`{"task": "t", "options": [1], "schedule": {"__type__": "interval", "every": 1}}`, "", "options"},
		{`{"task": "t", "options": {"eta": {"__type__": "datetime"}}, "schedule": {"__type__": "interval", "every": 1}}`, "", "eta"},
		{`{"task": "t", "options": {"expires": {"__type__": "datetime", "year": 2026, "month": 13, "day": 1}}, "schedule": {}}`, "", "expires"},
		{plan(`{"__type__": "interval", "every": 1}`), `{"last_run_at": 5}`, "meta"},
		{plan(`{"__type__": "interval", "every": 1}`), `{"last_run_at": {"__type__": "datetime", "year": 2026, "month": 2, "day": 30}}`, "meta"},
		{
			plan(`{"__type__": "interval", "every": 1}`),
			`{"last_run_at": {"__type__": "datetime", "year": 2026, "month": 2, "day": 3, "timezone": "Mars/Base"}}`, "meta",
		},
	} {
		e := row{id: "a", definition: tt.definition, meta: tt.meta}.entry()
		if e.Bad == nil || e.Bad.Field != tt.field || e.Bad.Problem == "" {
			t.Errorf("%s with meta %s: %v, want a problem with %s", tt.definition, tt.meta, e.Bad, tt.field)
		}
	}
}

func FuzzRow(f *testing.F) {
	for _, r := range golden(f).Entries {
		f.Add(r.Definition, "")
	}
	for _, m := range golden(f).Metas {
		f.Add(`{"task": "t", "schedule": {"__type__": "interval", "every": 1}}`, m)
	}
	f.Fuzz(func(t *testing.T, definition, meta string) {
		e := row{id: "a", definition: definition, meta: meta}.entry()
		if e.Bad != nil {
			return
		}
		text, p := encode(&e)
		if p != nil {
			return // an interval too long, a rule that is none: for the compiler to refuse
		}
		if again := (row{id: "a", definition: text}).entry(); again.Bad != nil {
			t.Errorf("%s was read, and written as %s: %v", definition, text, again.Bad)
		}
	})
}
