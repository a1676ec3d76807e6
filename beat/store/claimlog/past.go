package claimlog

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	worthPage = 500 // runs and omissions in a page of the history, at least
	keepPages = 100 // pages are kept
)

// past is what a log says of runs that are over. The newest part stands in the state, and before it grows large a leader
// files it as a page of the series "history".
type past struct {
	Batches []*batch `json:"batches,omitempty"` // settled, without payload
	Missed  []missed `json:"missed,omitempty"`
	Pages   []int64  `json:"pages,omitempty"` // places of the pages, ascending
}

// missed is runs that were given up.
type missed struct {
	beat.Omission
	Over int64 // place of the record that said so
}

// size is how many runs and omissions are not filed.
func (p *past) size() int {
	n := len(p.Missed)
	for _, b := range p.Batches {
		n += len(b.Runs)
	}
	return n
}

// filed drops what was filed up to a place of the log.
func (p *past) filed(upTo int64) {
	if upTo == 0 || slices.Contains(p.Pages, upTo) {
		return
	}
	p.Batches = slices.DeleteFunc(p.Batches, func(b *batch) bool { return b.Over <= upTo })
	p.Missed = slices.DeleteFunc(p.Missed, func(m missed) bool { return m.Over <= upTo })
	p.Pages = append(p.Pages, upTo)
	p.Pages = p.Pages[max(0, len(p.Pages)-keepPages):]
}

// records adds the runs of an entry in settled batches that are earlier than before.
func records(found []beat.Record, batches []*batch, id beat.EntryID, before time.Time) []beat.Record {
	for _, b := range batches {
		for _, r := range b.Runs {
			if r.ID == id && r.Instant.Before(before) && !b.Settled.IsZero() {
				found = append(found, b.record(r))
			}
		}
	}
	return found
}

// record says what became of a run.
func (b *batch) record(r beat.Run) beat.Record {
	rec := beat.Record{Run: r, State: "confirmed", Epoch: b.Epoch, Batch: b.ID, ClaimedAt: b.Claimed, SettledAt: b.Settled}
	for _, f := range b.Failed {
		if f.ID == r.ID && f.Instant.Equal(r.Instant) {
			rec.State, rec.Reason = f.State.String(), f.Reason
		}
	}
	return rec
}
