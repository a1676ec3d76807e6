package interop_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// newGarage starts a shell in a project with RedBeat.
func newGarage(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		python: testenv.Celery(t, testenv.Django), dir: "testdata/redbeat", scheduler: "redbeat.RedBeatScheduler",
	}
	s.open(t, "SITE_REDBEAT="+testenv.Redis(t))
	return s
}

// TestRedBeatSwap is TestDjangoSwap with RedBeat.
func TestRedBeatSwap(t *testing.T) {
	t.Parallel()
	s := newGarage(t)
	s.do(t, redBeatSwapRows)
	s.takeTurns(t, nil, nil)
}

// redBeatSwapRows are as swapRows.
const redBeatSwapRows = `
task("tick", schedule(run_every=1))
for n in range(4):
    task("gap %d" % n, schedule(run_every=3600))

def meanwhile(n):
    entry("gap %d" % n).reschedule(now(hours=-1, minutes=-30))
`

// TestRedBeatFollows edits entries by RedBeat's own API while beat runs: each kind of schedule, options, a pause, a change,
// a delete.
func TestRedBeatFollows(t *testing.T) {
	t.Parallel()
	s := newGarage(t)
	worker := s.worker(t)
	p := s.beat(t)
	expect := func(code, name string) seen {
		t.Helper()
		s.do(t, code)
		for {
			if got := next(t, worker); got.Name == name {
				return got
			}
		}
	}
	var statics []string
	if s.ask(t, `list(client.smembers("site::statics"))`, &statics); !slices.Equal(statics, []string{"static"}) {
		t.Errorf("of beat_schedule there is %v", statics)
	}
	expect(`task("interval", schedule(run_every=1))`, "interval")
	expect(`task("relative", schedule(run_every=1, relative=True))`, "relative")
	expect(`task("rrule", rrule("SECONDLY", dtstart=now(seconds=-10), interval=2))`, "rrule")
	expect(`e = task("crontab", crontab()); e.reschedule(now(minutes=-2))`, "crontab")
	got := expect(`task("ключ: a/b", schedule(run_every=1), args=[1, "ü"], kwargs={"k": None},
	     options={"expires": 60, "headers": {"color": "green"}})`, "ключ: a/b")
	if string(got.Args) != `[1, "\u00fc"]` || string(got.Kwargs) != `{"k": null}` || got.Color != "green" {
		t.Errorf("the worker saw %s %s %q", got.Args, got.Kwargs, got.Color)
	}

	// Paused, it does not run; changed and on again, it does.
	s.do(t, `e = entry("interval"); e.enabled = False; e.save()`)
	expect(`task("after the pause", schedule(run_every=1))`, "after the pause")
	for range 6 {
		if got := next(t, worker); got.Name == "interval" && !strings.Contains(string(got.Args), "again") {
			// What was claimed before the pause was seen may still come, once.
			if got = next(t, worker); got.Name == "interval" {
				t.Error("a paused entry runs on")
			}
		}
	}
	got = expect(`e = entry("interval"); e.enabled = True; e.args = ["again"]; e.save()`, "interval")
	if string(got.Args) != `["again"]` {
		t.Errorf("after the change it came with %s", got.Args)
	}

	// A bad entry harms itself only, and a deleted one ends.
	s.do(t, `client.hset("site:bad", "definition", '{"name": "bad", "task": "t", "schedule": {"__type__": "lunar"}}')
client.zadd("site::schedule", {"site:bad": 0})`)
	p.WaitFor(t, "entry is quarantined")
	s.do(t, `entry("interval").delete()`)
	expect(`task("after the delete", schedule(run_every=1))`, "after the delete")
	for range 6 {
		if got := next(t, worker); got.Name == "interval" {
			t.Error("a deleted entry runs on")
		}
	}
	p.Stop(t)
}

// TestRedBeatLock has a RedBeat and ours stand by for each other.
func TestRedBeatLock(t *testing.T) {
	t.Parallel()
	s := newGarage(t)
	s.do(t, `task("tick", schedule(run_every=1))`)
	theirs := s.celeryBeat(t)
	theirs.WaitFor(t, "beat: Acquired lock")

	ours := s.launch(t)
	ours.WaitFor(t, "a RedBeat, which holds site::lock")
	theirs.WaitFor(t, "Sending due task tick")
	theirs.WaitFor(t, "beat: Waking up")
	theirs.Stop(t)
	ours.WaitFor(t, "leading")

	theirs = s.celeryBeat(t)
	theirs.WaitFor(t, "beat: Acquiring lock")
	for range 3 {
		ours.WaitFor(t, "Sending due task tick")
	}
	ours.Stop(t)
	theirs.WaitFor(t, "beat: Acquired lock")
	theirs.WaitFor(t, "beat: Waking up")
	theirs.Stop(t)
}
