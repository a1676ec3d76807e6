package check_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
)

var start = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// instant is the n-th second of the history.
func instant(n int) int64 { return history.Micro(start.Add(time.Duration(n) * time.Second)) }

// flawless is a history in which everything arrived in time and the ledger says so. One row has each policy, and both
// went through an outage from second 20 to 24, in which "all" made up every run and "last" only the latest.
func flawless() check.Input {
	in := check.Input{
		From: start.Add(5 * time.Second), To: start.Add(50 * time.Second),
		Faults: []history.Fault{{Kind: "broker stopped", Begin: instant(20), End: instant(24)}},
		Ledger: []history.Entry{{Name: "last", From: instant(20), To: instant(23), State: "coalesced", Given: true}},
	}
	for i, name := range []string{history.All, history.Last} {
		r := history.Row{
			Name: name, Task: "proj.echo", Args: json.RawMessage(fmt.Sprintf("[%d]", i)), Queue: "celery", Every: 1,
			Start: instant(0), Misfire: name,
		}
		e := history.Expected{Name: name}
		for n := range 60 {
			e.At = append(e.At, instant(n))
			at := instant(n) + 3000
			if n >= 20 && n < 24 {
				if name == history.Last {
					continue
				}
				at = instant(24) + 50_000
			}
			in.Arrivals = append(in.Arrivals, arrival(r, n, at))
			in.Ledger = append(in.Ledger, history.Entry{Name: name, From: instant(n), To: instant(n), State: "confirmed"})
		}
		in.Rows, in.Expected = append(in.Rows, r), append(in.Expected, e)
	}
	return in
}

func arrival(r history.Row, n int, at int64) history.Arrival {
	return history.Arrival{
		At: at, Mono: at * 1000, ID: fmt.Sprintf("%s-%d", r.Name, n), Task: r.Task, Name: r.Name, Instant: instant(n),
		Queue: r.Queue, Args: r.Args, Attempt: 1,
	}
}

// find returns the place of the message of a row and second.
func find(in *check.Input, name string, n int) int {
	return slices.IndexFunc(in.Arrivals, func(a history.Arrival) bool { return a.Name == name && a.Instant == instant(n) })
}

// forget removes what the ledger says of a run.
func forget(in *check.Input, name string, n int) {
	in.Ledger = slices.DeleteFunc(in.Ledger, func(e history.Entry) bool { return !e.Given && e.Name == name && e.From == instant(n) })
}

func remove(in *check.Input, name string, n int) {
	i := find(in, name, n)
	in.Arrivals = slices.Delete(in.Arrivals, i, i+1)
}

// counts are the numbers of findings.
type counts struct{ lost, same, other, early, phantom, wrong, lie int }

func count(v *check.Verdict) counts {
	return counts{
		len(v.Lost), len(v.DupSame), len(v.DupOther), len(v.Early), len(v.Phantom), len(v.Wrong), len(v.LedgerLie),
	}
}

// TestPlantedFaults plants one fault into a flawless history: it must be found, and only it.
func TestPlantedFaults(t *testing.T) {
	t.Parallel()
	again := func(in *check.Input, change func(*history.Arrival)) {
		a := in.Arrivals[find(in, history.All, 10)]
		a.Mono += 10
		change(&a)
		in.Arrivals = append(in.Arrivals, a)
	}
	change := func(in *check.Input, change func(*history.Arrival)) { change(&in.Arrivals[find(in, history.All, 10)]) }
	for _, test := range []struct {
		name  string
		plant func(in *check.Input)
		want  counts
	}{
		{"nothing", func(*check.Input) {}, counts{}},
		{"lost", func(in *check.Input) {
			remove(in, history.All, 10)
			forget(in, history.All, 10)
			in.Ledger = append(in.Ledger, history.Entry{Name: history.All, From: instant(10), State: "unknown"})
		}, counts{lost: 1}},
		{"lost in the outage, policy all", func(in *check.Input) {
			remove(in, history.All, 21)
			forget(in, history.All, 21)
			in.Ledger = append(in.Ledger, history.Entry{Name: history.All, From: instant(21), State: "returned"})
		}, counts{lost: 1}},
		{"given up without a fault, policy last", func(in *check.Input) {
			remove(in, history.Last, 40)
			forget(in, history.Last, 40)
			in.Ledger = append(in.Ledger, history.Entry{Name: history.Last, From: instant(40), To: instant(40), State: "coalesced", Given: true})
		}, counts{lost: 1}},
		{"the same id twice", func(in *check.Input) { again(in, func(*history.Arrival) {}) }, counts{same: 1}},
		{"another id", func(in *check.Input) { again(in, func(a *history.Arrival) { a.ID = "other" }) }, counts{other: 1}},
		{"three times", func(in *check.Input) {
			again(in, func(*history.Arrival) {})
			again(in, func(a *history.Arrival) { a.ID = "other" })
		}, counts{same: 1, other: 1}},
		{"given out again by RabbitMQ", func(in *check.Input) {
			again(in, func(a *history.Arrival) { a.Redelivered = true })
		}, counts{}},
		{"given out again by Redis", func(in *check.Input) {
			change(in, func(a *history.Arrival) { a.Tag = "push" })
			again(in, func(*history.Arrival) {})
		}, counts{}},
		{"early", func(in *check.Input) { change(in, func(a *history.Arrival) { a.At = a.Instant - 1 }) }, counts{early: 1}},
		{"an instant nobody expects", func(in *check.Input) {
			again(in, func(a *history.Arrival) { a.Instant += 500_000 })
		}, counts{phantom: 1}},
		{"a row nobody knows", func(in *check.Input) { again(in, func(a *history.Arrival) { a.Name = "?" }) }, counts{phantom: 1}},
		{"another task", func(in *check.Input) { change(in, func(a *history.Arrival) { a.Task = "?" }) }, counts{wrong: 1}},
		{"other arguments", func(in *check.Input) {
			change(in, func(a *history.Arrival) { a.Args = json.RawMessage(`[7]`) })
		}, counts{wrong: 1}},
		{"another queue", func(in *check.Input) { change(in, func(a *history.Arrival) { a.Queue = "?" }) }, counts{wrong: 1}},
		{"confirmed and not there", func(in *check.Input) { remove(in, history.All, 10) }, counts{lost: 1, lie: 1}},
		{"not recorded", func(in *check.Input) { forget(in, history.All, 10) }, counts{lie: 1}},
		{"refused and there", func(in *check.Input) {
			forget(in, history.All, 10)
			in.Ledger = append(in.Ledger, history.Entry{Name: history.All, From: instant(10), State: "refused"})
		}, counts{lie: 1}},
		{"given up and there", func(in *check.Input) {
			forget(in, history.All, 10)
			in.Ledger = append(in.Ledger, history.Entry{Name: history.All, From: instant(9), To: instant(11), State: "skipped", Given: true})
		}, counts{lie: 1}},
		{"given up and not recorded", func(in *check.Input) {
			in.Ledger = slices.DeleteFunc(in.Ledger, func(e history.Entry) bool { return e.Given })
		}, counts{lie: 4}},
		{"outside of what is judged", func(in *check.Input) { remove(in, history.All, 55) }, counts{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := flawless()
			test.plant(&in)
			v := check.Judge(in)
			if got := count(&v); got != test.want {
				t.Errorf("found %+v, want %+v", got, test.want)
			}
			if v.Clean() != (test.want == counts{}) {
				t.Errorf("clean: %v", v.Clean())
			}
		})
	}
}

func TestLateness(t *testing.T) {
	t.Parallel()
	v := check.Judge(flawless())
	if got, want := v.Calm.At(1), 3*time.Millisecond; got != want {
		t.Errorf("worst of the calm %v, want %v", got, want)
	}
	if got, want := v.Troubled.At(1), 4050*time.Millisecond; got != want {
		t.Errorf("worst of the troubled %v, want %v", got, want)
	}
	if v.Due != 92 || v.GivenUp != 4 || v.Received != 116 {
		t.Errorf("counted %s", v.String())
	}
}

// TestDrifting wants that a grid which drifts is followed, and that gaps and doubles are counted.
func TestDrifting(t *testing.T) {
	t.Parallel()
	row := history.Row{Name: "a", Args: json.RawMessage(`[0]`), Every: 1}
	sixty := func(at func(n int) []int64) check.Input {
		in := check.Input{Rows: []history.Row{row}, From: start, To: start.Add(60 * time.Second)}
		for n := range 60 {
			for _, micro := range at(n) {
				in.Arrivals = append(in.Arrivals, history.Arrival{At: micro, Args: row.Args})
			}
		}
		return in
	}
	drifting := func(n int) int64 { return instant(n) + int64(n)*12_000 }
	for _, test := range []struct {
		name string
		at   func(n int) []int64
		want counts
	}{
		{"drift", func(n int) []int64 { return []int64{drifting(n)} }, counts{}},
		{"one missing", func(n int) []int64 {
			if n == 30 {
				return nil
			}
			return []int64{drifting(n)}
		}, counts{lost: 1}},
		{"ten missing", func(n int) []int64 {
			if n >= 30 && n < 40 {
				return nil
			}
			return []int64{drifting(n)}
		}, counts{lost: 10}},
		{"one twice", func(n int) []int64 {
			if n == 30 {
				return []int64{drifting(n), drifting(n) + 200_000}
			}
			return []int64{drifting(n)}
		}, counts{other: 1}},
		{"the beginning is missing", func(n int) []int64 {
			if n < 10 {
				return nil
			}
			return []int64{drifting(n)}
		}, counts{lost: 10}},
		{"the end is missing", func(n int) []int64 {
			if n >= 50 {
				return nil
			}
			return []int64{instant(n)}
		}, counts{lost: 10}},
		{"what begins anew at a double", func(n int) []int64 {
			if n < 30 {
				return []int64{instant(n)}
			}
			if n == 59 {
				return []int64{instant(n) - 600_000, instant(n) + 400_000}
			}
			return []int64{instant(n) - 600_000}
		}, counts{other: 1}},
		{"nothing", func(int) []int64 { return nil }, counts{lost: 60}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := check.JudgeDrifting(sixty(test.at))
			if got := count(&v); got != test.want {
				t.Errorf("found %+v, want %+v", got, test.want)
			}
		})
	}
}
