package gormstore

import (
	"context"
	"database/sql"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// liteFeed reads the log by its numbers: SQLite has one writer at a time, so they are in the order of commits.
type liteFeed struct {
	l *lite
}

func (l *lite) feed() feed { return &liteFeed{l: l} }

func (f *liteFeed) poll(ctx context.Context) (beat.Version, error) {
	var v beat.Version
	var at models.Time
	err := f.l.db.QueryRowContext(ctx, f.l.sql("select seq, at from ${prefix}beat_change order by seq desc limit 1")).
		Scan(&v.Seq, &at)
	v.At = at.Time
	return v, err
}

func (f *liteFeed) since(ctx context.Context, v beat.Version) ([]logged, error) {
	var floor, top sql.NullInt64
	err := f.l.db.QueryRowContext(ctx, f.l.sql(
		"select (select min(seq) from ${prefix}beat_change), (select max(seq) from ${prefix}beat_change)")).
		Scan(&floor, &top)
	if err != nil {
		return nil, err
	}
	if v.Seq < floor.Int64 || v.Seq > top.Int64 {
		return nil, beat.ErrTooOld
	}
	rows, err := f.l.db.QueryContext(ctx, f.l.sql(`
		select distinct coalesce(task_id, 0), coalesce(schedule_id, 0) from ${prefix}beat_change where seq > ? limit ?`),
		v.Seq, keepChanges+1)
	if err != nil {
		return nil, err
	}
	return readLog(rows)
}

func (f *liteFeed) trim(ctx context.Context) error {
	_, err := f.l.db.ExecContext(ctx, f.l.sql(`delete from ${prefix}beat_change
		where seq < (select seq from ${prefix}beat_change order by seq desc limit 1 offset ?)`), keepChanges)
	return err
}
