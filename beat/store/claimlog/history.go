package claimlog

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// readPages is how many pages of the history are read at once.
const readPages = 8

// historyPage is a page of the history as it is stored. A large one stands in parts.
type historyPage struct {
	Format  int       `json:"v"`
	ID      uuid.UUID `json:"id"`
	Batches []*batch  `json:"batches,omitempty"`
	Missed  []missed  `json:"missed,omitempty"`
	Parts   int       `json:"parts,omitempty"`
}

// file writes the past as a page, if there is enough of it, and removes the oldest pages. The next record says so, whoever
// writes it. A page whose record never came is not in the state: nobody reads it, what it says is filed again, and it is
// removed with those before the oldest one.
func (l *Log) file(ctx context.Context) error {
	if l.st.Past.size() < worthPage {
		return nil
	}
	page := historyPage{Format: format, ID: uuid.New(), Batches: l.st.Past.Batches, Missed: l.st.Past.Missed}
	data, parts, err := l.stow(ctx, page.ID, page, func(parts int) any {
		return historyPage{Format: format, ID: page.ID, Parts: parts}
	})
	if err != nil {
		return fmt.Errorf("write a page of the history: %w", err)
	}
	inserted, err := l.engine.Insert(ctx, seriesHistory, Record{Seq: l.st.Seq, Data: data})
	if err != nil {
		return fmt.Errorf("write page %d of the history: %w", l.st.Seq, err)
	}
	if !inserted { // by another leader, who has read as far and so wrote the same
		if err := l.removeParts(ctx, page.ID, parts); err != nil {
			return err
		}
	}
	l.filed = l.st.Seq
	return l.trim(ctx)
}

// trim makes room for the page that was just filed.
func (l *Log) trim(ctx context.Context) error {
	pages := l.st.Past.Pages
	if len(pages) < keepPages {
		return nil
	}
	oldest := pages[len(pages)-keepPages+1]
	for {
		old, err := l.engine.Before(ctx, seriesHistory, oldest, readPages)
		if err != nil {
			return fmt.Errorf("remove old pages of the history: %w", err)
		}
		if len(old) == 0 {
			return nil
		}
		if err := l.removeStowed(ctx, seriesHistory, old); err != nil {
			return fmt.Errorf("remove old pages of the history: %w", err)
		}
	}
}

// History returns runs of an entry earlier than before, the latest first. It reads all pages, since a batch may be settled
// long after others.
func (l *Log) History(ctx context.Context, id beat.EntryID, before time.Time, limit int) ([]beat.Record, error) {
	var found []beat.Record
	err := l.eachPage(ctx, func(batches []*batch, _ []missed) { found = records(found, batches, id, before) })
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", id, err)
	}
	slices.SortFunc(found, func(a, b beat.Record) int { return b.Instant.Compare(a.Instant) })
	return found[:min(limit, len(found))], nil
}

// Omissions returns the runs of an entry that were given up before an instant, the latest first.
func (l *Log) Omissions(ctx context.Context, id beat.EntryID, before time.Time, limit int) ([]beat.Omission, error) {
	var found []beat.Omission
	err := l.eachPage(ctx, func(_ []*batch, list []missed) {
		for _, m := range list {
			if m.ID == id && m.To.Before(before) {
				found = append(found, m.Omission)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("omissions of %s: %w", id, err)
	}
	slices.SortFunc(found, func(a, b beat.Omission) int { return b.To.Compare(a.To) })
	return found[:min(limit, len(found))], nil
}

// eachPage calls f with what the state knows of the past, and with each page.
func (l *Log) eachPage(ctx context.Context, f func([]*batch, []missed)) error {
	end, err := l.begin(ctx, true)
	if err != nil {
		return err
	}
	defer end()
	f(l.st.Batches, nil)
	f(l.st.Past.Batches, l.st.Past.Missed)
	if len(l.st.Past.Pages) == 0 {
		return nil
	}
	for before := int64(math.MaxInt64); ; {
		stored, err := l.engine.Before(ctx, seriesHistory, before, readPages)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for _, r := range stored {
			before = r.Seq
			if !slices.Contains(l.st.Past.Pages, r.Seq) {
				continue
			}
			page, err := l.historyPage(ctx, r)
			if err != nil {
				return fmt.Errorf("page %d of the history: %w", r.Seq, err)
			}
			f(page.Batches, page.Missed)
		}
		if len(stored) < readPages {
			return nil
		}
	}
}

func (l *Log) historyPage(ctx context.Context, r Record) (historyPage, error) {
	var page historyPage
	if err := json.Unmarshal(r.Data, &page); err != nil {
		return page, err
	}
	if err := l.unstow(ctx, page.ID, page.Parts, &page); err != nil {
		return page, err
	}
	return page, readable(page.Format)
}
