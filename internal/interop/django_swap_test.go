package interop_test

import (
	"fmt"
	"maps"
	"syscall"
	"testing"
)

// TestDjangoSwap lets celery beat and ours take turns on the same rows: celery beat, ours, which is killed, celery beat,
// ours. What became due while neither ran is run by the next one, once; what one has run the other does not repeat; and
// total_run_count is the number of messages at any time.
func TestDjangoSwap(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.do(t, swapRows)
		once := []string{"clocked", "once"}
		s.takeTurns(t, once, once)
	})
}

// takeTurns lets celery beat and ours take turns. The function meanwhile of the shell makes tasks due before each turn:
// that of the gap, and one of each kind of those that run once,
// which theirs and ours are.
func (s *shop) takeTurns(t *testing.T, theirs, ours []string) {
	t.Helper()
	c := s.counter(t)
	var swapIn, swapBack tally // of the turns after a change of the scheduler
	turns := []struct {
		who   string
		turn  func(t *testing.T, due func())
		tally *tally
	}{
		{"celery beat", s.turnOfCelery, &tally{}},
		{"beat, killed", func(t *testing.T, due func()) { s.turn(t, due, syscall.SIGKILL) }, &swapIn},
		{"celery beat again", s.turnOfCelery, &swapBack},
		{"beat again", func(t *testing.T, due func()) { s.turn(t, due, syscall.SIGTERM) }, &swapIn},
	}
	recorded := s.recorded(t)
	for i, turn := range turns {
		once := []string{fmt.Sprintf("gap %d", i)}
		kinds := theirs
		if i%2 == 1 {
			kinds = ours
		}
		for _, kind := range kinds {
			once = append(once, fmt.Sprintf("%s %d", kind, i))
		}
		due, expected := map[string]int{"tick": 3}, map[string]int{}
		for _, name := range once {
			due[name], expected[name] = 1, 1
		}
		s.do(t, fmt.Sprintf("meanwhile(%d)", i))
		before := maps.Clone(c.counts)
		turn.turn(t, func() { c.until(t, due, "tick") })
		c.rest(t)
		now := s.recorded(t)
		for name, n := range now {
			if expected[name] == 0 { // a tick, which is as often as it was recorded
				expected[name] = n - recorded[name]
			}
			if c.counts[name] != n {
				t.Errorf("%s: total_run_count of %s is %d, %d messages came", turn.who, name, n, c.counts[name])
			}
		}
		recorded = now
		turn.tally.add(expected, before, c.counts)
		for name, n := range expected {
			if got := c.counts[name] - before[name]; got != n {
				t.Errorf("%s: %s was sent %d times, want %d", turn.who, name, got, n)
			}
		}
	}
	for name, n := range c.counts {
		if name != "tick" && n != 1 {
			t.Errorf("%s was sent %d times, want once", name, n)
		}
	}
	for run, n := range c.runs {
		if n != 1 {
			t.Errorf("%s was sent %d times", run, n)
		}
	}
	t.Logf("swap in: %s; swap back: %s", swapIn, swapBack)
}

// recorded returns total_run_count of each task that runs more than once.
func (s *shop) recorded(t *testing.T) map[string]int {
	t.Helper()
	var counts map[string]int
	s.ask(t, "counts()", &counts)
	return counts
}

// tally counts runs in turns.
type tally struct{ expected, received, lost, doubled int }

// add counts a turn: how often each task should have come in it, and how often it had come before and after.
func (y *tally) add(expected, before, after map[string]int) {
	for name, n := range expected {
		y.expected += n
		y.lost += max(n-after[name]+before[name], 0)
	}
	for name, n := range after {
		got := n - before[name]
		y.received += got
		y.doubled += max(got-expected[name], 0)
	}
}

func (y tally) String() string {
	return fmt.Sprintf("expected %d, received %d, lost %d, doubled %d", y.expected, y.received, y.lost, y.doubled)
}

// turn runs ours until what is due has come, and ends it right after a tick.
func (s *shop) turn(t *testing.T, due func(), how syscall.Signal) {
	t.Helper()
	p := s.beat(t)
	due()
	p.Signal(t, how)
	p.Wait(t)
}

// turnOfCelery runs celery beat until what is due has come. It is told to end while it sleeps, for a signal that comes
// while it sends it takes for an error of sending, loses the run and goes on.
func (s *shop) turnOfCelery(t *testing.T, due func()) {
	t.Helper()
	s.turnWith(t, "tick", due)
}

// turnWith is turnOfCelery with another task that is due each second.
func (s *shop) turnWith(t *testing.T, tick string, due func()) {
	t.Helper()
	p := s.celeryBeat(t)
	due()
	for range 5 { // so this line is not an old one
		p.WaitFor(t, "Sending due task "+tick)
	}
	p.WaitFor(t, "beat: Waking up") // printed before it sleeps
	p.Stop(t)
}

// swapRows are a task for every second and one for each gap between two turns, which is not due before.
const swapRows = `
from django.utils import timezone as tz
second = IntervalSchedule.objects.create(every=1, period="seconds")
hour = IntervalSchedule.objects.create(every=1, period="hours")
PeriodicTask.objects.create(name="tick", task="site.echo", interval=second)
for n in range(4):
    PeriodicTask.objects.create(name="gap %d" % n, task="site.echo", interval=hour)
PeriodicTask.objects.update(last_run_at=tz.now())

def counts():
    return dict(PeriodicTask.objects.filter(one_off=False).values_list("name", "total_run_count"))

def meanwhile(n):
    PeriodicTask.objects.filter(name="gap %d" % n).update(last_run_at=tz.now() - timedelta(hours=1, minutes=30))
    past = ClockedSchedule.objects.create(clocked_time=tz.now() - timedelta(seconds=n + 1))
    PeriodicTask.objects.create(name="clocked %d" % n, task="site.echo", clocked=past, one_off=True)
    PeriodicTask.objects.create(name="once %d" % n, task="site.echo", interval=second, one_off=True)
`
