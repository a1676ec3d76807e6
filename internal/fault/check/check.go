package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// Input is one run.
type Input struct {
	Rows     []history.Row
	Expected []history.Expected
	Arrivals []history.Arrival
	Faults   []history.Fault
	Ledger   []history.Entry // nil: the program keeps none

	// What is due from From to To must have arrived or be given up by policy. What is expected outside may arrive.
	From, To time.Time
}

// A Finding is something wrong with one run of one row.
type Finding struct {
	Name    string `json:"name"`
	Instant int64  `json:"instant"`
	At      int64  `json:"at,omitempty"` // of the arrival
	Note    string `json:"note"`
}

// Verdict is what is wrong with a run, and how late what is right.
type Verdict struct {
	Due      int `json:"due"`      // runs from From to To
	Received int `json:"received"` // messages
	GivenUp  int `json:"given_up"` // runs that a policy lets go

	Lost      []Finding `json:"lost"`       // nothing arrived
	DupSame   []Finding `json:"dup_same"`   // another message with the same id
	DupOther  []Finding `json:"dup_other"`  // another id for the same run
	Early     []Finding `json:"early"`      // before its instant
	Phantom   []Finding `json:"phantom"`    // nobody expects it
	Wrong     []Finding `json:"wrong"`      // task, arguments or queue are not the row's
	LedgerLie []Finding `json:"ledger_lie"` // the ledger says something else

	Calm     Lateness `json:"calm"`     // of runs due outside every fault
	Troubled Lateness `json:"troubled"` // of runs due during one
}

// Clean tells whether nothing at all is wrong.
func (v *Verdict) Clean() bool {
	return len(v.Lost)+len(v.DupSame)+len(v.DupOther)+len(v.Early)+len(v.Phantom)+len(v.Wrong)+len(v.LedgerLie) == 0
}

// String counts what is wrong.
func (v *Verdict) String() string {
	return fmt.Sprintf("%d due, %d received, %d given up; lost %d, dup_same %d, dup_other %d, early %d, phantom %d, wrong %d, ledger_lie %d",
		v.Due, v.Received, v.GivenUp, len(v.Lost), len(v.DupSame), len(v.DupOther), len(v.Early), len(v.Phantom),
		len(v.Wrong), len(v.LedgerLie))
}

// Judge compares.
func Judge(in Input) Verdict {
	j := judge{in: in, rows: map[string]*row{}}
	for i := range in.Rows {
		j.rows[in.Rows[i].Name] = &row{Row: in.Rows[i], arrived: map[int64][]history.Arrival{}}
	}
	for _, e := range in.Expected {
		if r := j.rows[e.Name]; r != nil {
			r.expected = e.At
		}
	}
	j.read()
	for _, r := range j.ordered() {
		j.judge(r)
	}
	j.compareLedger()
	j.v.Calm.sort()
	j.v.Troubled.sort()
	return j.v
}

// judge is the work in hand.
type judge struct {
	in   Input
	rows map[string]*row
	v    Verdict
}

// row is a row with what is expected and what arrived of it.
type row struct {
	history.Row

	expected []int64
	arrived  map[int64][]history.Arrival // by instant, in order of arrival
}

func (j *judge) ordered() []*row {
	all := make([]*row, 0, len(j.rows))
	for i := range j.in.Rows {
		all = append(all, j.rows[j.in.Rows[i].Name])
	}
	return all
}

// read sorts arrivals by row and instant. One push that was given out twice, by a broker that crashed between, counts
// once: the program sent it once.
func (j *judge) read() {
	pushes := map[string]bool{}
	slices.SortStableFunc(j.in.Arrivals, func(a, b history.Arrival) int { return int(a.Mono - b.Mono) })
	for _, a := range j.in.Arrivals {
		if a.Tag != "" && pushes[a.Tag] {
			continue
		}
		pushes[a.Tag] = true
		r := j.rows[a.Name]
		known := r != nil && slices.Contains(r.expected, a.Instant)
		if a.Redelivered && r != nil && len(r.arrived[a.Instant]) > 0 {
			continue
		}
		j.v.Received++
		if !known {
			j.v.Phantom = append(j.v.Phantom, finding(a, "nobody expects it"))
			continue
		}
		r.arrived[a.Instant] = append(r.arrived[a.Instant], a)
	}
}

// judge looks at the runs of one row.
func (j *judge) judge(r *row) {
	for i, at := range r.expected {
		got := r.arrived[at]
		if j.must(at) {
			j.v.Due++
		}
		switch {
		case len(got) > 0:
			j.received(r, at, got)
		case j.must(at) && r.Misfire != history.All && j.coalesced(r, i):
			j.v.GivenUp++
		case j.must(at):
			j.v.Lost = append(j.v.Lost, Finding{Name: r.Name, Instant: at, Note: "nothing arrived"})
		}
	}
}

// must tells whether a run has to have arrived.
func (j *judge) must(at int64) bool {
	return at >= history.Micro(j.in.From) && at <= history.Micro(j.in.To)
}

// received looks at the messages of one run.
func (j *judge) received(r *row, at int64, got []history.Arrival) {
	first := got[0]
	for _, a := range got[1:] {
		if a.ID == first.ID {
			j.v.DupSame = append(j.v.DupSame, finding(a, "again under the same id"))
		} else {
			j.v.DupOther = append(j.v.DupOther, finding(a, "again under another id than "+first.ID))
		}
	}
	if first.At < at {
		j.v.Early = append(j.v.Early, finding(first, fmt.Sprintf("%d µs before its instant", at-first.At)))
	}
	for _, a := range got {
		if problem := mismatch(&r.Row, &a); problem != "" {
			j.v.Wrong = append(j.v.Wrong, finding(a, problem))
		}
	}
	late := time.Duration(first.At-at) * time.Microsecond
	if j.troubled(at, first.At) {
		j.v.Troubled.add(late)
	} else {
		j.v.Calm.add(late)
	}
}

// coalesced tells whether policy may have let go of the i-th run of a row: a later run stands for it, and a fault lay
// between its instant and the arrival of that one.
func (j *judge) coalesced(r *row, i int) bool {
	for _, later := range r.expected[i+1:] {
		if got := r.arrived[later]; len(got) > 0 {
			return j.troubled(r.expected[i], got[0].At)
		}
	}
	return false
}

// troubled tells whether a fault overlaps a time.
func (j *judge) troubled(from, to int64) bool {
	return slices.ContainsFunc(j.in.Faults, func(f history.Fault) bool { return f.Begin <= to && f.End >= from })
}

// mismatch says in what a message differs from its row.
func mismatch(r *history.Row, a *history.Arrival) string {
	switch {
	case a.Task != r.Task:
		return "task " + a.Task + ", want " + r.Task
	case a.Queue != r.Queue:
		return "queue " + a.Queue + ", want " + r.Queue
	case !sameJSON(a.Args, r.Args):
		return fmt.Sprintf("args %s, want %s", a.Args, r.Args)
	}
	return ""
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func finding(a history.Arrival, note string) Finding {
	return Finding{Name: a.Name, Instant: a.Instant, At: a.At, Note: note}
}

// Lateness is how long after its instant each run arrived.
type Lateness struct{ all []time.Duration }

func (l *Lateness) add(d time.Duration) { l.all = append(l.all, d) }

func (l *Lateness) sort() { slices.Sort(l.all) }

// Count returns of how many runs it is.
func (l *Lateness) Count() int { return len(l.all) }

// At returns the lateness that a part of the runs, from 0 to 1, do not exceed; 0 when there are none.
func (l *Lateness) At(part float64) time.Duration {
	if len(l.all) == 0 {
		return 0
	}
	i := sort.Search(len(l.all), func(i int) bool { return float64(i+1) >= part*float64(len(l.all)) })
	return l.all[min(i, len(l.all)-1)]
}

// MarshalJSON writes some percentiles in milliseconds.
func (l *Lateness) MarshalJSON() ([]byte, error) {
	ms := func(part float64) float64 { return float64(l.At(part).Microseconds()) / 1000 }
	return json.Marshal(map[string]any{
		"runs": len(l.all), "p50_ms": ms(0.5), "p99_ms": ms(0.99), "worst_ms": ms(1),
	})
}
