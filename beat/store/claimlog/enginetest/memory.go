package enginetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// Memory is an engine in memory, safe for concurrent use. The zero Memory is empty and has a clock.
type Memory struct {
	Clockless bool                                  // there is no clock
	Fault     func(op string) (before, after error) // errors of a call, before or after it has its effect; may be nil
	Limit     int                                   // MaxRecord; 0: 64 KiB

	mu     sync.Mutex
	series map[claimlog.Series]map[int64][]byte
	late   []func()
}

// ErrLate is an error for Fault to return: the call fails, and an insert takes effect with the next Arrive.
var ErrLate = errors.New("the answer is lost, and the request under way")

var _ claimlog.Engine = (*Memory)(nil)

// at carries out a call, with the fault that is due.
func (m *Memory) at(ctx context.Context, op string, do func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var before, after error
	if m.Fault != nil {
		before, after = m.Fault(op)
	}
	if before != nil {
		return before
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
	return after
}

// Insert puts a record at its place unless one is there.
func (m *Memory) Insert(ctx context.Context, s claimlog.Series, r claimlog.Record) (inserted bool, err error) {
	put := func() {
		if m.series == nil {
			m.series = map[claimlog.Series]map[int64][]byte{}
		}
		if m.series[s] == nil {
			m.series[s] = map[int64][]byte{}
		}
		if _, there := m.series[s][r.Seq]; !there {
			m.series[s][r.Seq] = slices.Clone(r.Data)
			inserted = true
		}
	}
	err = m.at(ctx, "insert", put)
	if errors.Is(err, ErrLate) {
		m.mu.Lock()
		m.late = append(m.late, put)
		m.mu.Unlock()
	}
	return inserted && err == nil, err
}

// Arrive carries out an insert that was under way, if there is one; i chooses which.
func (m *Memory) Arrive(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.late) > 0 {
		i %= len(m.late)
		m.late[i]()
		m.late = slices.Delete(m.late, i, i+1)
	}
}

// After returns records after a place.
func (m *Memory) After(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	return m.list(ctx, s, limit, func(at int64) bool { return at > seq }, false)
}

// Before returns records before a place, descending.
func (m *Memory) Before(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	return m.list(ctx, s, limit, func(at int64) bool { return at < seq }, true)
}

func (m *Memory) list(
	ctx context.Context, s claimlog.Series, limit int, want func(int64) bool, descending bool,
) (found []claimlog.Record, err error) {
	err = m.at(ctx, "read", func() {
		for at, data := range m.series[s] {
			if want(at) {
				found = append(found, claimlog.Record{Seq: at, Data: slices.Clone(data)})
			}
		}
	})
	slices.SortFunc(found, func(a, b claimlog.Record) int { return int(a.Seq - b.Seq) })
	if descending {
		slices.Reverse(found)
	}
	return found[:min(limit, len(found))], err
}

// Remove removes records.
func (m *Memory) Remove(ctx context.Context, s claimlog.Series, seqs []int64) error {
	return m.at(ctx, "remove", func() {
		for _, seq := range seqs {
			delete(m.series[s], seq)
		}
	})
}

// Now returns the time of the process, unless the engine has no clock.
func (m *Memory) Now(ctx context.Context) (time.Time, error) {
	if m.Clockless {
		return time.Time{}, beat.ErrNoClock
	}
	return time.Now().UTC(), ctx.Err()
}

// MaxRecord is the size of the largest record.
func (m *Memory) MaxRecord() int {
	if m.Limit > 0 {
		return m.Limit
	}
	return 64 << 10
}

// Lose removes the newest record of the log, as a database does that goes back to an earlier state.
func (m *Memory) Lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var newest int64
	for at := range m.series["log"] {
		newest = max(newest, at)
	}
	delete(m.series["log"], newest)
}

// Len is the number of records of all series.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, s := range m.series {
		n += len(s)
	}
	return n
}
