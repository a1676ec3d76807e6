package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// mariaFeed reads the log by its numbers, which are given out before the commit: a transaction may become visible
// whose numbers lie below others that were seen before. The feed therefore remembers the gaps below the largest number
// as open, and looks into them again at each poll.
//
// A gap is forgotten when nothing can fill it any more: every trigger locks the row of beat_writer in share mode before
// it takes a number, so when the row can be locked exclusively, every number given out earlier is visible or was rolled
// back. The lock is asked for without waiting, and is held for one statement.
//
// A Version holds the gaps in Open as pairs: first and last number. Count rises with each poll that sees something new.
type mariaFeed struct {
	m    *maria
	last beat.Version
}

func (m *maria) feed() feed { return &mariaFeed{m: m} }

func (f *mariaFeed) poll(ctx context.Context) (beat.Version, error) {
	v, err := f.look(ctx, f.last)
	if err != nil {
		return beat.Version{}, err
	}
	if len(v.Open) > 0 {
		quiet, err := f.quiet(ctx)
		if err != nil {
			return beat.Version{}, err
		}
		if quiet {
			before := v.Seq
			if v, err = f.look(ctx, v); err != nil {
				return beat.Version{}, err
			}
			v.Open = gapsAfter(v.Open, before)
		}
	}
	f.last = v
	return v, nil
}

// look reads what is visible now and was not in v.
func (f *mariaFeed) look(ctx context.Context, v beat.Version) (beat.Version, error) {
	from := v.Seq + 1
	if len(v.Open) > 0 {
		from = v.Open[0]
	}
	rows, err := f.m.db.QueryContext(ctx, f.m.sql(
		"select seq, at from ${prefix}beat_change where seq >= ? order by seq"), from)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	var seqs []int64
	var at models.Time
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq, &at); err != nil {
			return v, err
		}
		seqs = append(seqs, seq)
	}
	if err := rows.Err(); err != nil || len(seqs) == 0 {
		return v, err
	}
	if v.Seq == 0 {
		v.Seq = seqs[0] - 1 // what lies below the oldest line was removed long ago
	}
	if top := seqs[len(seqs)-1]; top > v.Seq {
		v.At = at.Time
	}
	var news bool
	if v.Open, v.Seq, news = fillGaps(v.Open, v.Seq, seqs); news {
		v.Count++
	}
	return v, nil
}

// quiet tells whether no transaction is under way that has taken a number.
func (f *mariaFeed) quiet(ctx context.Context) (bool, error) {
	var id int
	err := f.m.db.QueryRowContext(ctx, f.m.sql("select id from ${prefix}beat_writer where id = 1 for update nowait")).
		Scan(&id)
	if err != nil && f.m.classify(err) == busy {
		return false, nil
	}
	return err == nil, err
}

func (f *mariaFeed) since(ctx context.Context, v beat.Version) ([]logged, error) {
	var floor, top sql.NullInt64
	err := f.m.db.QueryRowContext(ctx, f.m.sql("select min(seq), max(seq) from ${prefix}beat_change")).
		Scan(&floor, &top)
	if err != nil {
		return nil, err
	}
	from := v.Seq + 1
	if len(v.Open) > 0 {
		from = v.Open[0]
	}
	if v.Seq < floor.Int64 || from < floor.Int64 || v.Seq > top.Int64 {
		return nil, beat.ErrTooOld
	}
	rows, err := f.m.db.QueryContext(ctx, f.m.sql(
		"select seq, coalesce(task_id, 0), coalesce(schedule_id, 0) from ${prefix}beat_change where seq >= ?"), from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var log []logged
	known := map[logged]bool{}
	for rows.Next() {
		var seq int64
		var l logged
		if err := rows.Scan(&seq, &l.taskID, &l.scheduleID); err != nil {
			return nil, err
		}
		if !known[l] && (seq > v.Seq || inGaps(v.Open, seq)) {
			known[l] = true
			log = append(log, l)
		}
		if len(log) > keepChanges {
			return nil, beat.ErrTooOld
		}
	}
	return log, rows.Err()
}

func (f *mariaFeed) trim(ctx context.Context) error {
	var floor int64
	err := f.m.db.QueryRowContext(ctx, f.m.sql(
		"select seq from ${prefix}beat_change order by seq desc limit 1 offset ?"), keepChanges).Scan(&floor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(f.last.Open) > 0 {
		floor = min(floor, f.last.Open[0])
	}
	_, err = f.m.db.ExecContext(ctx, f.m.sql("delete from ${prefix}beat_change where seq < ?"), floor)
	return err
}

// fillGaps takes numbers that are visible, ascending, out of the gaps up to last and of what lies above. It returns the
// gaps that are left, the largest number, and whether any of the numbers was not visible before.
func fillGaps(gaps []int64, last int64, visible []int64) (left []int64, top int64, news bool) {
	top = last
	if n := len(visible); n > 0 && visible[n-1] > last {
		top = visible[n-1]
		gaps = append(slices.Clip(gaps), last+1, top)
	}
	for i := 0; i+1 < len(gaps); i += 2 {
		from, to := gaps[i], gaps[i+1]
		for ; len(visible) > 0 && visible[0] <= to; visible = visible[1:] {
			seq := visible[0]
			if seq < from {
				continue
			}
			news = true
			if seq > from {
				left = append(left, from, seq-1)
			}
			from = seq + 1
		}
		if from <= to {
			left = append(left, from, to)
		}
	}
	return left, top, news
}

// gapsAfter returns the gaps above a number, which lies in none of them.
func gapsAfter(gaps []int64, last int64) []int64 {
	for len(gaps) > 0 && gaps[0] < last {
		gaps = gaps[2:]
	}
	return gaps
}

func inGaps(gaps []int64, seq int64) bool {
	for i := 0; i+1 < len(gaps); i += 2 {
		if gaps[i] <= seq && seq <= gaps[i+1] {
			return true
		}
	}
	return false
}
