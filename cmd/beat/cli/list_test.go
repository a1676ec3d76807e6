package cli_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/cmd/beat/cli"
)

func clocked(name string, at time.Time) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj." + name, Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindClocked, Clocked: at},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	day := time.Date(2999, 1, 1, 10, 0, 0, 0, time.UTC)
	off, bad, berlin := clocked("off", day), clocked("bad", day), clocked("berlin", day)
	off.Enabled = false
	bad.Spec = schedule.Spec{Kind: schedule.KindCrontab, Minute: "99"}
	berlin.Spec.Timezone = "Europe/Berlin"
	ansi := clocked("red\x1b[31m", day)
	s.add(t, off, bad, berlin, ansi)

	want := "" +
		"ID  NAME      TASK           WHEN                                        ZONE           ENABLED  LAST RUN  NEXT RUN             NOTE\n" +
		"2   bad       proj.bad       crontab 99 * * * *                          UTC            true     -         never                minute: \"99\" is out of range 0-59\n" +
		"3   berlin    proj.berlin    once at Tue 2999-01-01 11:00:00 CET +01:00  Europe/Berlin  true     -         2999-01-01 11:00:00\n" +
		"1   off       proj.off       once at Tue 2999-01-01 10:00:00 UTC +00:00  UTC            false    -         never                disabled\n" +
		"4   red�[31m  proj.red�[31m  once at Tue 2999-01-01 10:00:00 UTC +00:00  UTC            true     -         2999-01-01 10:00:00\n"
	if diff := cmp.Diff(want, s.ok(t, "list")); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "2 3 1 4"},
		{[]string{"--enabled"}, "2 3 4"},
		{[]string{"--enabled=false"}, "1"},
		{[]string{"--task", "proj.berlin"}, "3"},
		{[]string{"--task", "proj.none"}, ""},
	} {
		var rows []struct{ ID string }
		s.decode(t, &rows, append([]string{"list"}, tt.args...)...)
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("list %q: rows %q, want %q", tt.args, g, tt.want)
		}
	}
	s.refused(t, 2, `beat: beat list takes no argument "x"; see beat list --help`, "list", "x")
}

func TestShow(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	e := clocked("x", time.Date(2999, 1, 1, 10, 0, 0, 0, time.UTC))
	e.Args, e.Kwargs, e.Queue, e.Description = []byte(`[1, "ü"]`), []byte(`{"a": 1}`), "mail", "a note"
	e.ScheduleKwargs, e.Jitter = []byte(`{"b": 2}`), time.Nanosecond
	s.add(t, e)
	fires := time.Now().UTC().Truncate(time.Second)
	s.store(t, func(ctx context.Context, store cli.Store) error { return claimOne(ctx, store, "1", fires) })

	got := s.ok(t, "show", "x")
	for _, line := range []string{
		"x\n", "  task         proj.x\n", "  description  a note\n", "  enabled      true\n", "  args         [1, \"ü\"]\n",
		"  kwargs       {\"a\": 1}\n", "  queue        mail\n", "\nschedule 1\n",
		"  when       once at Tue 2999-01-01 10:00:00 UTC +00:00\n", "  kwargs     {\"b\": 2}\n", "  runs       1\n",
		"  last run   " + fires.Format("Mon 2006-01-02 15:04:05 MST -07:00") + "\n",
		"  next       Tue 2999-01-01 10:00:00 UTC +00:00\n",
		"  past runs  " + fires.Format("Mon 2006-01-02 15:04:05 MST -07:00") + "  confirmed\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no line %q in:\n%s", line, got)
		}
	}
	var rows []struct {
		ID      string
		Runs    int
		History []struct {
			Instant time.Time
			State   string
		}
	}
	s.decode(t, &rows, "show", "x")
	if len(rows) != 1 || rows[0].ID != "1" || rows[0].Runs != 1 || len(rows[0].History) != 1 ||
		!rows[0].History[0].Instant.Equal(fires) || rows[0].History[0].State != "confirmed" {
		t.Errorf("show as JSON: %+v", rows)
	}
}

// claimOne lets the store hold a run that a leader sent.
func claimOne(ctx context.Context, store cli.Store, id beat.EntryID, at time.Time) error {
	lease, err := store.Acquire(ctx, 0, beat.Holder{ID: uuid.New(), Name: "test"}, time.Minute, 1)
	if err != nil {
		return err
	}
	batch := uuid.New()
	_, err = store.Claim(ctx, lease, beat.Batch{ID: batch, Decisions: []beat.Decision{{ID: id, To: at, Fire: true, Spec: 1}}})
	if err != nil {
		return err
	}
	return store.Settle(ctx, lease, []beat.Settlement{{Batch: batch}})
}

func TestBadRow(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	bad := clocked("bad", time.Time{})
	bad.Spec = schedule.Spec{Kind: schedule.KindCrontab, Minute: "99"}
	s.add(t, bad)
	s.refused(t, 1, `beat: task "bad" cannot be sent: minute: "99" is out of range 0-59`, "trigger", "bad")
	s.refused(t, 1, `beat: task "bad" cannot be sent: minute: "99" is out of range 0-59`, "message", "bad")
	s.refused(t, 2, `beat: minute: "99" is out of range 0-59`, "edit", "bad", "--description", "still bad")
	if got := s.ok(t, "show", "bad"); !strings.Contains(got, "never: minute: \"99\" is out of range 0-59\n") {
		t.Errorf("show does not say what is wrong:\n%s", got)
	}
	s.ok(t, "disable", "bad")
	s.ok(t, "edit", "bad", "--crontab", "9 * * * *")
	if got := s.ok(t, "enable", "bad"); !strings.Contains(got, "at minute 9 of every hour") {
		t.Errorf("the row does not run after it was put right:\n%s", got)
	}
}
