package models_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/models"
)

// An entry comes back from its rows as it was, to the microsecond.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	text := rapid.StringN(0, 10, 40)
	rapid.Check(t, func(t *rapid.T) {
		instant := func(label string) time.Time {
			us := rapid.Int64Range(0, 4e15).Draw(t, label)
			if us == 0 {
				return time.Time{}
			}
			return time.UnixMicro(us).UTC()
		}
		object := func(label string) json.RawMessage {
			if !rapid.Bool().Draw(t, label) {
				return nil
			}
			j, err := json.Marshal(map[string]string{"k": text.Draw(t, label)})
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
		seconds := func(label string) time.Duration {
			return time.Duration(rapid.Int64Range(0, 1e12).Draw(t, label)) * time.Microsecond
		}
		want := beat.Entry{
			ID: "0", TaskID: "0", Name: text.Draw(t, "name"), Description: text.Draw(t, "description"), Owner: text.Draw(t, "owner"),
			Task: text.Draw(t, "task"), Args: object("args"), Kwargs: object("kwargs"), Queue: text.Draw(t, "queue"),
			Exchange: text.Draw(t, "exchange"), RoutingKey: text.Draw(t, "routing_key"), Headers: object("headers"),
			Options:  object("options"),
			Priority: rapid.Ptr(rapid.IntRange(-5, 300), true).Draw(t, "priority"), Expires: instant("expires"),
			ExpireSeconds: rapid.Ptr(rapid.Float64Range(0, 1e9), true).Draw(t, "expire_seconds"),
			Enabled:       rapid.Bool().Draw(t, "enabled"), OneOff: rapid.Bool().Draw(t, "one_off"),
			StartTime: instant("start"), EndTime: instant("end"), MaxRuns: rapid.Int64Min(0).Draw(t, "max_runs"),
			Misfire: beat.Misfire(text.Draw(t, "misfire")), MisfireWindow: seconds("window"),
			Delivery: beat.Delivery(text.Draw(t, "delivery")),
			Spec: schedule.Spec{
				Kind: schedule.Kind(text.Draw(t, "kind")), Second: text.Draw(t, "second"), Minute: text.Draw(t, "minute"),
				Hour: text.Draw(t, "hour"), DayOfMonth: text.Draw(t, "day"), MonthOfYear: text.Draw(t, "month"),
				DayOfWeek: text.Draw(t, "weekday"), Timezone: text.Draw(t, "zone"), Every: rapid.Int64().Draw(t, "every"),
				Period: text.Draw(t, "period"), Clocked: instant("clocked"), Expression: text.Draw(t, "expression"),
			},
			ScheduleKwargs: object("schedule_kwargs"), Jitter: seconds("jitter"), Active: rapid.Bool().Draw(t, "active"),
		}
		row, err := models.FromEntry(want)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, row.Entry()); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func TestBadRows(t *testing.T) {
	t.Parallel()
	nan, huge, big := math.NaN(), 1e300, int64(1)<<40
	for _, c := range []struct {
		field string
		spoil func(r *models.Row)
	}{
		{"args", func(r *models.Row) { r.Task.Args = models.JSON("[1") }},
		{"kwargs", func(r *models.Row) { r.Task.Kwargs = models.JSON("{'a': 1}") }},
		{"headers", func(r *models.Row) { r.Task.Headers = models.JSON("x") }},
		{"options", func(r *models.Row) { r.Task.Options = models.JSON("{") }},
		{"schedule_kwargs", func(r *models.Row) { r.Schedule.Kwargs = models.JSON("{") }},
		{"priority", func(r *models.Row) { r.Task.Priority = &big }},
		{"expires", func(r *models.Row) { r.Task.Expires.Text = "soon" }},
		{"end_time", func(r *models.Row) { r.Task.EndTime.Text = "never" }},
		{"clocked_time", func(r *models.Row) { r.Schedule.ClockedTime.Text = "25:00" }},
		{"expire_seconds", func(r *models.Row) { r.Task.ExpireSeconds = &nan }},
		{"misfire_window", func(r *models.Row) { r.Task.MisfireWindow = &huge }},
		{"jitter_seconds", func(r *models.Row) { r.Schedule.JitterSeconds = nan }},
	} {
		t.Run(c.field, func(t *testing.T) {
			t.Parallel()
			row := models.Row{Task: models.PeriodicTask{ID: 3, Name: "one"}, Schedule: models.TaskSchedule{ID: 7}}
			c.spoil(&row)
			got := row.Entry().Bad
			if got == nil || got.Field != c.field || got.ID != "7" || got.Name != "one" || got.Problem == "" {
				t.Errorf("bad is %+v, want it about %s", got, c.field)
			}
		})
	}
}

func TestTimeScan(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 3600)
	for _, c := range []struct {
		src  any
		want string // RFC 3339; empty: the zero time
		text string
	}{
		{nil, "", ""},
		{"", "", ""},
		{time.Date(2026, 1, 31, 9, 0, 0, 1999, zone), "2026-01-31T08:00:00.000001Z", ""},
		{int64(1_000_001), "1970-01-01T00:00:01.000001Z", ""},
		{"2026-01-31 08:00:00", "2026-01-31T08:00:00Z", ""},
		{[]byte("2026-01-31 08:00:00.123456"), "2026-01-31T08:00:00.123456Z", ""},
		{"2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z", ""},
		{"2026-01-31 09:00:00+01:00", "2026-01-31T08:00:00Z", ""},
		{"2026-01-31 09:00:00 +0100 CET", "2026-01-31T08:00:00Z", ""},
		{"2026-01-31 08:00", "2026-01-31T08:00:00Z", ""},
		{"2026-01-31", "2026-01-31T00:00:00Z", ""},
		{"tomorrow", "", "tomorrow"},
		{"2026-02-30", "", "2026-02-30"},
	} {
		var got models.Time
		if err := got.Scan(c.src); err != nil {
			t.Errorf("Scan(%v): %v", c.src, err)
		}
		text := ""
		if !got.IsZero() {
			text = got.Format(time.RFC3339Nano)
		}
		if text != c.want || got.Text != c.text {
			t.Errorf("Scan(%v) = %q, text %q, want %q, %q", c.src, text, got.Text, c.want, c.text)
		}
	}
	var got models.Time
	if err := got.Scan(true); err == nil {
		t.Error("Scan(true) gives no error")
	}
}

func TestScheduleID(t *testing.T) {
	t.Parallel()
	for id, want := range map[beat.EntryID]bool{
		"1": true, "9223372036854775807": true, "0": false, "-1": false, "": false, "01": false, "+1": false, "x": false,
		"9223372036854775808": false,
	} {
		if key, ok := models.ScheduleID(id); ok != want || ok && models.EntryID(key) != id {
			t.Errorf("ScheduleID(%q) = %d, %v, want %v", id, key, ok, want)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2026-01-31 08:00:00", "2026-01-31T08:00:00.5+01:00", "", "x", "2026-01-31"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got models.Time
		if err := got.Scan(text); err != nil {
			t.Fatal(err)
		}
		if !got.IsZero() && got.Text != "" {
			t.Errorf("Scan(%q) gives a time and a text", text)
		}
	})
}
