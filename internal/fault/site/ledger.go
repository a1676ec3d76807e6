package site

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// ledger reads what the program says became of each run.
func (s *Site) ledger(ctx context.Context) ([]history.Entry, error) {
	rows, err := s.db.Query(ctx, `
		select p.name, l.instant as since, l.instant as until, l.state, false as given
		from beat_ledger l join task_schedule t on t.id = l.schedule_id join periodic_task p on p.id = t.task_id
		union all
		select p.name, m.from_at, m.to_at, m.reason, true
		from beat_missed m join task_schedule t on t.id = m.schedule_id join periodic_task p on p.id = t.task_id`)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (history.Entry, error) {
		var e history.Entry
		var from, to time.Time
		err := row.Scan(&e.Name, &from, &to, &e.State, &e.Given)
		e.From, e.To = history.Micro(from), history.Micro(to)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return all, history.Write(filepath.Join(s.Dir, "ledger.jsonl"), all)
}
