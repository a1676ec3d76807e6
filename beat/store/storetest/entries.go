package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

var entryCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"S1 every field comes back", everyField},
	{"S1 every kind of schedule comes back", everyKind},
	{"S1 a large value comes back", largeValue},
	{"S2 unknown id", unknownID},
	{"S3 a name is taken once", nameTaken},
	{"S4 update replaces all fields", updateAll},
	{"S5 update of an unknown entry", updateUnknown},
	{"S6 update of a stale version", updateStale},
	{"S10 delete, and again", deleteTwice},
	{"S12 enable and disable, twice each", enableTwice},
	{"S13 a task is switched off with all its schedules", disableTask},
	{"S14 schedules of one task are independent", severalSchedules},
	{"S15 purge empties one namespace", purge},
	{"S17 names of any characters", oddNames},
	{"S18 a bad value harms one entry", badValue},
	{"S18 what is not JSON is refused", notJSON},
	{"S19 paging sees every entry exactly once", paging},
	{"S19 ranges hold every entry exactly once", ranges},
	{"S20 list filters and orders", list},
	{"S21 a record of an older format is read, of a newer one refused", olderAndNewer},
}

func everyField(e *env) {
	priority, seconds, latitude, longitude := 7, 12.5, -33.8688, 151.2093
	at := time.Date(2038, 2, 28, 23, 59, 59, 123_456_000, time.FixedZone("", 3600))
	want := beat.Entry{
		Name: "Größe 📨", Description: "a\nb", Task: "proj.tasks.add",
		Args:   json.RawMessage(`[1, null, "ü", {"z": 1, "a": [null]}]`),
		Kwargs: json.RawMessage(`{"z":1,"a":{"b":null},  "m": 1.0}`),
		Queue:  "high", Exchange: "ex", RoutingKey: "a.b", Priority: &priority,
		Headers: json.RawMessage(`{"h": "1"}`), Options: json.RawMessage(`{"time_limit": 5}`),
		Expires: at, ExpireSeconds: &seconds,
		Enabled: true, OneOff: true, StartTime: at.Add(-time.Hour), EndTime: at.Add(time.Hour), MaxRuns: 5,
		Misfire: beat.MisfireAll, MisfireWindow: 90 * time.Second, Delivery: beat.AtMostOnce,
		Spec: schedule.Spec{
			Kind: schedule.KindCrontab, Second: "5", Minute: "*/5", Hour: "1-3", DayOfMonth: "L", MonthOfYear: "jan",
			DayOfWeek: "5#2", Timezone: "Europe/Berlin", Every: 3, Period: "days", Relative: true, Event: "sunrise",
			Latitude: &latitude, Longitude: &longitude, Clocked: at, Expression: "@daily", DST: "skip",
			Exclude: "12-25, @ferien",
		},
		ScheduleKwargs: json.RawMessage(`{"b": 2, "a": 1}`), Jitter: 1500 * time.Millisecond, Active: true,
	}
	if e.a.Features().Owners {
		want.Owner = "beat_schedule"
	}
	added, err := e.a.Add(e.ctx, want)
	e.noErr(err)
	got, err := e.b.Lookup(e.ctx, added.ID)
	e.noErr(err)
	e.equal("looked up", got, added)
	if got.ID == "" || got.TaskID == "" || got.CreatedAt.IsZero() || got.ModifiedAt.IsZero() {
		e.Errorf("id %q, task id %q, created %v, modified %v, want all set", got.ID, got.TaskID, got.CreatedAt, got.ModifiedAt)
	}
	if got.Expires.Location() != time.UTC {
		e.Errorf("expires is in %v, want UTC", got.Expires.Location())
	}
	want.ID, want.TaskID, want.CreatedAt, want.ModifiedAt = got.ID, got.TaskID, got.CreatedAt, got.ModifiedAt
	e.equal("stored", got, want)
	e.equal("loaded", e.all(e.b, 10), []beat.Entry{want})
}

func everyKind(e *env) {
	for _, spec := range []schedule.Spec{
		{Kind: schedule.KindInterval, Every: 10, Period: "minutes"},
		{Kind: schedule.KindClocked, Clocked: time.Date(2031, 1, 2, 3, 4, 5, 6000, time.UTC)},
		{Kind: schedule.KindCron, Expression: "@every 5s", Timezone: "Asia/Tokyo"},
		{
			Kind: schedule.KindCrontab, Second: "1", Minute: "2", Hour: "3", DayOfMonth: "4", MonthOfYear: "5",
			DayOfWeek: "6", Timezone: "UTC",
		},
	} {
		entry := task(string(spec.Kind))
		entry.Spec = spec
		added, err := e.a.Add(e.ctx, entry)
		e.noErr(err)
		got, err := e.b.Lookup(e.ctx, added.ID)
		e.noErr(err)
		e.equal(string(spec.Kind), got.Spec, spec)
	}
}

func largeValue(e *env) {
	entry := task("large")
	entry.Kwargs = json.RawMessage(`{"text": "` + strings.Repeat("größe ", 1<<17) + `"}`)
	added, err := e.a.Add(e.ctx, entry)
	e.noErr(err)
	got, err := e.b.Lookup(e.ctx, added.ID)
	e.noErr(err)
	if string(got.Kwargs) != string(entry.Kwargs) {
		e.Errorf("kwargs of %d bytes came back with %d", len(entry.Kwargs), len(got.Kwargs))
	}
}

func unknownID(e *env) {
	for _, id := range []beat.EntryID{"", "0", "4711", "no number", "-1"} {
		if _, err := e.a.Lookup(e.ctx, id); !errors.Is(err, beat.ErrNotFound) {
			e.Errorf("Lookup(%q) = %v, want ErrNotFound", id, err)
		}
	}
	if err := e.a.SetEnabled(e.ctx, "4711", true); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("SetEnabled = %v, want ErrNotFound", err)
	}
}

func nameTaken(e *env) {
	first := e.add("one")[0]
	other := task("one")
	other.Task = "proj.other"
	if _, err := e.b.Add(e.ctx, other); !errors.Is(err, beat.ErrExists) {
		e.Errorf("Add of the same name = %v, want ErrExists", err)
	}
	second := e.add("two")[0]
	second.Name = "one"
	if _, err := e.b.Update(e.ctx, second); !errors.Is(err, beat.ErrExists) {
		e.Errorf("Update to the same name = %v, want ErrExists", err)
	}
	got, err := e.a.Lookup(e.ctx, first.ID)
	e.noErr(err)
	e.equal("first", got, first)
	for _, name := range []string{"ONE", "one ", " one", "one\t"} {
		if _, err := e.b.Add(e.ctx, task(name)); err != nil {
			e.Errorf("Add of %q, which is another name: %v", name, err)
		}
		list, _, err := e.b.List(e.ctx, beat.Filter{Name: name}, "", 10)
		e.noErr(err)
		if len(list) != 1 || list[0].Entry.Name != name {
			e.Errorf("%q is the name of %d entries: %+v", name, len(list), list)
		}
	}
}

func updateAll(e *env) {
	entry := e.add("one")[0]
	priority := 3
	entry.Name, entry.Task, entry.Priority, entry.Queue = "other", "proj.other", &priority, "q"
	entry.Args = json.RawMessage(`[1]`)
	entry.Enabled, entry.Active = false, false
	entry.Spec = schedule.Spec{Kind: schedule.KindCron, Expression: "@daily"}
	updated, err := e.b.Update(e.ctx, entry)
	e.noErr(err)
	if !updated.ModifiedAt.After(entry.ModifiedAt) {
		e.Errorf("modified at %v, want later than %v", updated.ModifiedAt, entry.ModifiedAt)
	}
	entry.ModifiedAt = updated.ModifiedAt
	e.equal("updated", updated, entry)

	entry.Priority, entry.Queue, entry.Args, entry.Enabled = nil, "", nil, true
	entry.Spec = schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days"}
	updated, err = e.b.Update(e.ctx, entry)
	e.noErr(err)
	entry.ModifiedAt = updated.ModifiedAt
	got, err := e.a.Lookup(e.ctx, entry.ID)
	e.noErr(err)
	e.equal("emptied", got, entry)
}

func updateUnknown(e *env) {
	entry := task("one")
	entry.ID = "4711"
	if _, err := e.a.Update(e.ctx, entry); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("Update = %v, want ErrNotFound", err)
	}
	if err := e.a.Delete(e.ctx, "4711"); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("Delete = %v, want ErrNotFound", err)
	}
	e.equal("entries", e.all(e.a, 10), []beat.Entry(nil))
}

func updateStale(e *env) {
	stale := e.add("one")[0]
	fresh := stale
	fresh.Queue = "first"
	fresh, err := e.a.Update(e.ctx, fresh)
	e.noErr(err)
	stale.Queue = "second"
	if _, err := e.b.Update(e.ctx, stale); !errors.Is(err, beat.ErrConflict) {
		e.Errorf("Update of a stale entry = %v, want ErrConflict", err)
	}
	got, err := e.a.Lookup(e.ctx, stale.ID)
	e.noErr(err)
	e.equal("stored", got, fresh)
	stale.ModifiedAt = time.Time{}
	if _, err := e.b.Update(e.ctx, stale); err != nil {
		e.Errorf("Update of any version: %v", err)
	}
}

func deleteTwice(e *env) {
	entry := e.add("one", "two")[0]
	e.noErr(e.a.Delete(e.ctx, entry.ID))
	if err := e.b.Delete(e.ctx, entry.ID); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("second Delete = %v, want ErrNotFound", err)
	}
	e.equal("left", names(e.all(e.b, 10)), []string{"two"})
	if again := e.add("one")[0]; again.ID == entry.ID {
		e.Errorf("id %s is used again", again.ID)
	}
}

func enableTwice(e *env) {
	entry := e.add("one")[0]
	for _, on := range []bool{true, false, false, true, true} {
		e.noErr(e.a.SetEnabled(e.ctx, entry.TaskID, on))
		got, err := e.b.Lookup(e.ctx, entry.ID)
		e.noErr(err)
		if got.Enabled != on {
			e.Errorf("enabled is %v, want %v", got.Enabled, on)
		}
	}
}

func disableTask(e *env) {
	first := e.add("one")[0]
	second := task("ignored")
	second.TaskID, second.Active = first.TaskID, false
	second, err := e.a.Add(e.ctx, second)
	e.noErr(err)
	if second.Name != "one" || second.Running() {
		e.Errorf("second schedule: name %q, running %v", second.Name, second.Running())
	}
	e.noErr(e.a.SetEnabled(e.ctx, first.TaskID, false))
	for _, got := range e.all(e.b, 10) {
		if got.Enabled || got.Running() || got.Active != (got.ID == first.ID) {
			e.Errorf("entry %s: enabled %v, active %v", got.ID, got.Enabled, got.Active)
		}
	}
}

func severalSchedules(e *env) {
	first := e.add("one")[0]
	second := task("")
	second.TaskID, second.ScheduleKwargs = first.TaskID, json.RawMessage(`{"n": 2}`)
	second, err := e.a.Add(e.ctx, second)
	e.noErr(err)
	got := e.all(e.b, 1)
	e.equal("ids", ids(got), []beat.EntryID{first.ID, second.ID})
	if len(got[0].ScheduleKwargs) > 0 || string(got[1].ScheduleKwargs) != `{"n": 2}` {
		e.Errorf("schedule kwargs %s and %s", got[0].ScheduleKwargs, got[1].ScheduleKwargs)
	}
	e.noErr(e.a.Delete(e.ctx, first.ID))
	e.equal("left", ids(e.all(e.b, 10)), []beat.EntryID{second.ID})
	unknown := task("")
	unknown.TaskID = "4711"
	if _, err := e.a.Add(e.ctx, unknown); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("Add to an unknown task = %v, want ErrNotFound", err)
	}
}

func purge(e *env) {
	e.add("one", "two")
	spaces := []string{"a", "a:b", "a/b", "A"}
	for _, ns := range spaces {
		other := e.open(e.T, ns)
		e.equal("other namespace", e.all(other, 10), []beat.Entry(nil))
		_, err := other.Add(e.ctx, task("one"))
		e.noErr(err)
	}
	e.noErr(e.a.Purge(e.ctx))
	e.equal("purged", e.all(e.b, 10), []beat.Entry(nil))
	for _, ns := range spaces {
		e.equal("namespace "+ns, names(e.all(e.open(e.T, ns), 10)), []string{"one"})
	}
	e.add("one")
}

func oddNames(e *env) {
	odd := []string{
		`a:b/c\d.e%f'g"h{i}j`, ".hidden", "📨📨", strings.Repeat("x", 255), "%", "_", "a b ", "?", "$1", "@p", "",
	}
	for _, n := range odd {
		added, err := e.a.Add(e.ctx, task(n))
		e.noErr(err)
		got, err := e.b.Lookup(e.ctx, added.ID)
		e.noErr(err)
		if got.Name != n {
			e.Errorf("name %q came back as %q", n, got.Name)
		}
	}
	got := names(e.all(e.b, 3)) // in an order of the store's own
	slices.Sort(got)
	slices.Sort(odd)
	e.equal("names", got, odd)
}

func badValue(e *env) {
	e.add("good")
	bad := task("bad")
	bad.Spec = schedule.Spec{Kind: "no such kind", Minute: "99", Timezone: "Mars/Base"}
	bad, err := e.a.Add(e.ctx, bad)
	e.noErr(err)
	e.equal("names", names(e.all(e.b, 10)), []string{"good", "bad"})
	got, err := e.b.Lookup(e.ctx, bad.ID)
	e.noErr(err)
	e.equal("spec", got.Spec, bad.Spec)
}

func notJSON(e *env) {
	entry := task("one")
	entry.Kwargs = json.RawMessage(`{'a': 1}`)
	var bad *beat.EntryError
	if _, err := e.a.Add(e.ctx, entry); !errors.As(err, &bad) || bad.Field != "kwargs" {
		e.Errorf("Add = %v, want an EntryError about kwargs", err)
	}
	e.equal("entries", e.all(e.a, 10), []beat.Entry(nil))
}

func paging(e *env) {
	before := e.addMany(25)
	var got []beat.Entry
	var token beat.PageToken
	for page := 0; ; page++ {
		entries, next, err := e.b.Load(e.ctx, token, 4)
		e.noErr(err)
		got = append(got, entries...)
		if next == "" {
			break
		}
		token = next
		e.noErr(e.a.Delete(e.ctx, before[page].ID)) // seen already
		e.add("late " + string(rune('a'+page)))
	}
	seen := map[beat.EntryID]int{}
	for _, entry := range got {
		seen[entry.ID]++
	}
	for _, entry := range before {
		if seen[entry.ID] != 1 {
			e.Errorf("entry %s was seen %d times", entry.Name, seen[entry.ID])
		}
	}
	if n := len(e.all(e.b, 5)); n == 0 || n%5 != len(e.all(e.b, 1000))%5 {
		e.Errorf("loaded %d entries", n)
	}
	if _, _, err := e.b.Load(e.ctx, "", 0); err == nil {
		e.Error("Load with limit 0 gives no error")
	}
}

func ranges(e *env) {
	s := e.ranger(e.b)
	before := e.addMany(25)
	seen := map[beat.EntryID]int{}
	count := 0
	var token beat.PageToken
	for {
		edge, err := s.Edge(e.ctx, token, 4)
		e.noErr(err)
		if count > 0 {
			e.noErr(e.a.Delete(e.ctx, before[count*4].ID)) // also at an edge
		}
		e.noErr(s.Range(e.ctx, token, edge, func(entry *beat.Entry) { seen[entry.ID]++ }))
		if count++; edge == "" {
			break
		}
		token = edge
	}
	if count < 6 {
		e.Errorf("25 entries were parted into %d ranges of about four", count)
	}
	for i, entry := range before {
		want := 1
		if i > 0 && i%4 == 0 && i/4 < count {
			want = 0
		}
		if seen[entry.ID] != want {
			e.Errorf("entry %d was seen %d times, want %d", i, seen[entry.ID], want)
		}
	}
	if _, err := s.Edge(e.ctx, "", 0); err == nil {
		e.Error("Edge of 0 entries gives no error")
	}
}

func list(e *env) {
	for _, n := range []string{"b", "a", "C", "ä", "a"} {
		entry := task(n)
		entry.Task = "task." + n
		if n == "C" {
			entry.Enabled = false
		}
		if have, _, err := e.a.List(e.ctx, beat.Filter{Name: n}, "", 1); err == nil && len(have) == 1 {
			entry.TaskID = have[0].Entry.TaskID
		}
		if n == "b" && e.a.Features().Owners {
			entry.Owner = "beat_schedule"
		}
		_, err := e.a.Add(e.ctx, entry)
		e.noErr(err)
	}
	off, on := false, true
	owned := []string{"b"}
	if !e.a.Features().Owners {
		owned = nil
	}
	for _, c := range []struct {
		name   string
		filter beat.Filter
		want   []string
	}{
		{"by owner", beat.Filter{Owner: "beat_schedule"}, owned},
		{"all", beat.Filter{}, []string{"C", "a", "a", "b", "ä"}},
		{"by name", beat.Filter{Name: "a"}, []string{"a", "a"}},
		{"by task", beat.Filter{Task: "task.b"}, []string{"b"}},
		{"disabled", beat.Filter{Enabled: &off}, []string{"C"}},
		{"enabled", beat.Filter{Enabled: &on}, []string{"a", "a", "b", "ä"}},
		{"none", beat.Filter{Name: "x"}, nil},
	} {
		for _, limit := range []int{1, 2, 100} {
			var got []string
			var token beat.PageToken
			for {
				states, next, err := e.b.List(e.ctx, c.filter, token, limit)
				e.noErr(err)
				for _, st := range states {
					got = append(got, st.Entry.Name)
				}
				if next == "" {
					break
				}
				token = next
			}
			e.equal(c.name, got, c.want)
		}
	}
}
