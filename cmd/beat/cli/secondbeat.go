package cli

import (
	"context"
	"log/slog"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// aboutSecond is what findings are about that tell of a scheduler which is not ours. Two must not run side by side.
const aboutSecond = "second beat"

// tracesKept is how long ago a run by somebody else may be that says of him that he still runs: celery beat writes them down
// every three minutes.
const tracesKept = 10 * time.Minute

// traces are the runs by somebody else in the rows of another scheduler.
type traces struct {
	since, now time.Time // only those between count
	led        bool      // by a beat of ours, since then

	rows int
	name string // of the row that was run last
	at   time.Time
}

// newTraces looks for runs since the leader took over, or for recent ones when there is none.
func newTraces(l beat.LeaseState, now time.Time) traces {
	if l.Held {
		return traces{since: l.GrantedAt, now: now, led: true}
	}
	return traces{since: now.Add(-tracesKept), now: now}
}

// add notes a row. A last run in the future was set by hand, and one of RedBeat's that no beat of ours has met was made up from
// its score.
func (t *traces) add(st *beat.EntryState, kind config.SchedulerKind) {
	at := st.Entry.RanAt
	if !at.After(t.since) || at.After(t.now) || kind == config.KindRedBeat && st.Cursor.DecidedTo.IsZero() {
		return
	}
	t.rows++
	if at.After(t.at) {
		t.name, t.at = st.Entry.Name, at
	}
}

// secondByRows reports runs by somebody else.
func (c *checkCommand) secondByRows(t *traces, zone *time.Location) {
	last := t.at.In(zone).Format(whenLayout)
	switch {
	case t.rows == 0:
	case t.led:
		c.add(checkWarn, aboutSecond, "%d rows were run by somebody else since the leader took over, the latest %s at %s: end the other "+
			"celery beat, which may be one inside a worker (-B), unless last_run_at was set by hand", t.rows, t.name, last)
	default:
		c.add(checkWarn, aboutSecond, "%d rows were run by another scheduler in the last %.0f minutes, the latest %s at %s: it must have "+
			"ended, also one inside a worker (-B), before beat run starts", t.rows, tracesKept.Minutes(), t.name, last)
	}
}

// secondByLock reports a RedBeat that holds its lock, in the Redis of redbeat_redis_url or of the broker. What goes wrong with
// that Redis is said elsewhere.
func (c *checkCommand) secondByLock(ctx context.Context, cfg config.Config) {
	if cfg.Unlocked() || !cfg.FindRedBeat() {
		return
	}
	st, err := newRedBeatStore(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return
	}
	defer func() { _ = st.Close() }()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if by, left, err := st.Holder(ctx); err == nil && by != "" {
		c.add(checkWarn, aboutSecond, "%s: it runs, or was killed, and then its lock ends in %s", by, left.Round(time.Second))
	}
}
