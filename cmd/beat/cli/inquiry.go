package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

const (
	inquiryStep    = 5 * time.Second  // between two looks whether it is time to ask, or rows have changed
	inquiryRest    = 30 * time.Second // least time between two questions, however often rows change
	inquiryPeriod  = 10 * time.Minute // between two questions while nothing changes
	inquiryTimeout = 2 * time.Second  // for each of two answers: nobody waits for them
	inquiryLimit   = 30 * time.Second // of one read of rows
	inquiryPage    = 1000             // rows read at a time
	inquiryPause   = 50 * time.Millisecond
)

// inquiryRows is what an inquiry reads: parts of beat.Entries and beat.Changes.
type inquiryRows interface {
	Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error)
	Latest(ctx context.Context) (beat.Version, error)
	Since(ctx context.Context, v beat.Version) (changed []beat.Entry, deleted []beat.EntryID, next beat.Version, err error)
}

// inquiry asks the workers now and then, and warns of rows that none of them can run. It reads the rows by itself and
// unhurriedly, and asks over a connection of its own, so that the scheduler waits for nothing of it.
type inquiry struct {
	rows  inquiryRows
	wants func(e *beat.Entry) []want // of a row that runs; none of another
	ask   func(ctx context.Context) (*pidbox.Workers, error)
	leads func() bool // of several beats only one asks
	log   *slog.Logger
	told  *told

	earliest, due time.Time     // of the next question: after a change of rows, and without one
	heard         *supply       // what workers said the last time; nil: they have not answered yet
	offered       supply        // what the rows were compared with: the last two answers together
	version       *beat.Version // of the rows that were compared; nil: none were
}

// run works until ctx ends.
func (q *inquiry) run(ctx context.Context) {
	tick := time.NewTicker(inquiryStep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if q.leads() && q.wanted(ctx) {
				q.round(ctx)
			}
		}
	}
}

// wanted tells whether it is time for a question.
func (q *inquiry) wanted(ctx context.Context) bool {
	now := time.Now()
	if now.Before(q.earliest) {
		return false
	}
	return q.version == nil || !now.Before(q.due) || q.changed(ctx)
}

// changed tells whether rows have changed. A store that is away is told of by the scheduler.
func (q *inquiry) changed(ctx context.Context) bool {
	latest, err := q.latest(ctx)
	return err == nil && !latest.Same(*q.version)
}

// round asks once. One answer alone proves nothing, since workers that are busy or just starting leave it out: what
// counts is what some worker said in one of two answers that follow each other.
func (q *inquiry) round(ctx context.Context) {
	w, err := q.ask(ctx)
	now := time.Now()
	q.earliest = now.Add(inquiryRest)
	switch {
	case err != nil:
		if !errors.Is(err, message.ErrUnavailable) {
			q.earliest = now.Add(inquiryPeriod) // it may not ask
		}
		q.log.Debug("the workers could not be asked", "error", err)
		return
	case len(w.Names) == 0:
		q.log.Debug("no worker answers")
		return
	}
	said := newSupply(w)
	if q.heard == nil {
		q.heard, q.earliest = &said, now
		return
	}
	offered := q.heard.with(said)
	q.heard, q.due = &said, now.Add(inquiryPeriod)
	if err := q.compare(ctx, offered); err != nil {
		q.version = nil
		q.log.Debug("the rows could not be compared with what workers offer", "error", err)
	}
}

// compare looks at the rows that have changed, or at all when more may be wrong with them than before.
func (q *inquiry) compare(ctx context.Context, offered supply) error {
	before := q.offered
	q.offered = offered
	if q.version != nil && offered.covers(before) {
		err := q.compareChanged(ctx)
		if !errors.Is(err, beat.ErrTooOld) {
			return err
		}
	}
	return q.compareAll(ctx)
}

func (q *inquiry) compareChanged(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, inquiryLimit)
	defer cancel()
	changed, _, next, err := q.rows.Since(ctx, *q.version)
	if err != nil {
		return err
	}
	q.look(changed)
	q.version = &next
	return nil
}

// compareAll reads all rows, with pauses, so that a large table is read slowly.
func (q *inquiry) compareAll(ctx context.Context) error {
	version, err := q.latest(ctx)
	if err != nil {
		return err
	}
	for token := beat.PageToken(""); ; {
		page, next, err := q.page(ctx, token)
		if err != nil {
			return err
		}
		q.look(page)
		if token = next; token == "" {
			break
		}
		pause(ctx, inquiryPause)
	}
	q.version = &version
	return nil
}

func (q *inquiry) latest(ctx context.Context) (beat.Version, error) {
	ctx, cancel := context.WithTimeout(ctx, inquiryLimit)
	defer cancel()
	return q.rows.Latest(ctx)
}

func (q *inquiry) page(ctx context.Context, after beat.PageToken) ([]beat.Entry, beat.PageToken, error) {
	ctx, cancel := context.WithTimeout(ctx, inquiryLimit)
	defer cancel()
	return q.rows.Load(ctx, after, inquiryPage)
}

// look warns of those rows that lack something.
func (q *inquiry) look(rows []beat.Entry) {
	for i := range rows {
		for _, w := range q.wants(&rows[i]) {
			if q.offered.lacks(w) {
				q.warn(&rows[i], w)
			}
		}
	}
}

// warn logs a row once for each thing that it lacks.
func (q *inquiry) warn(e *beat.Entry, w want) {
	fresh, last := q.told.add(e.ID, w)
	if !fresh {
		return
	}
	if w.about == wantQueue {
		q.log.Warn("no worker reads the queue", "name", e.Name, "schedule", e.ID, "queue", w.name)
	} else {
		q.log.Warn("no worker knows the task", "name", e.Name, "schedule", e.ID, "task", w.name)
	}
	if last {
		q.log.Warn("further rows of this kind are not named here, but by beat list --ask-workers", w.about, w.name)
	}
}
