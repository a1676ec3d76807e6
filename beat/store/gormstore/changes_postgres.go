package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// postgresFeed reads the log by the snapshots of PostgreSQL. Each line carries the id of its transaction; a snapshot
// says exactly which transactions it sees. What was committed after a version are the lines that its snapshot does not
// see, however long their transactions were open: nothing is missed and nothing has to be waited for.
//
// A Version holds its snapshot in Open: xmin, xmax, and the transactions between that were under way. Count rises
// whenever a poll sees a line that the poll before did not see.
type postgresFeed struct {
	p     *postgres
	last  beat.Version
	begun bool
}

func (p *postgres) feed() feed { return &postgresFeed{p: p} }

// The order of the transactions is asked for so that their index is used, also when the same plan is made for every
// snapshot: it would then read the whole log, which holds a line for each row of a large import.
const (
	pollPostgres = `
		select pg_current_snapshot()::text, c.seq, c.at, (
			select true from ${prefix}beat_change
			where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
			order by xid limit 1) is not null
		from (select 1) one left join (select seq, at from ${prefix}beat_change order by seq desc limit 1) c on true`
	sincePostgres = `
		select coalesce(task_id, 0), coalesce(schedule_id, 0) from ${prefix}beat_change
		where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
		order by xid limit $2`
)

func (f *postgresFeed) poll(ctx context.Context) (beat.Version, error) {
	var seen string
	if f.begun {
		seen = snapshot(f.last)
	} else {
		seen = "1:1:" // sees nothing
	}
	var current string
	var seq sql.NullInt64
	var at models.Time
	var news bool
	err := f.p.db.QueryRowContext(ctx, f.p.sql(pollPostgres), seen).Scan(&current, &seq, &at, &news)
	if err != nil {
		return beat.Version{}, err
	}
	v := beat.Version{Seq: seq.Int64, Count: f.last.Count, At: at.Time}
	if v.Open, err = parseSnapshot(current); err != nil {
		return beat.Version{}, err
	}
	back := f.begun && v.Open[1] < f.last.Open[1] // another cluster, such as a restored one
	if news || back {
		v.Count++
	}
	f.last, f.begun = v, true
	return v, nil
}

func (f *postgresFeed) since(ctx context.Context, v beat.Version) ([]logged, error) {
	if len(v.Open) < 2 || v.Seq < 0 || v.Open[1] > f.last.Open[1] {
		return nil, beat.ErrTooOld
	}
	// Nothing of what the version does not see was trimmed if it sees the trimming itself, or if all that it does not
	// see is newer than the floor.
	var kept bool
	err := f.p.db.QueryRowContext(ctx, f.p.sql(`
		select pg_visible_in_snapshot(trimmed, $1::pg_snapshot) or xid <= pg_snapshot_xmin($1::pg_snapshot)
		from ${prefix}beat_change_floor`), snapshot(v)).Scan(&kept)
	if err != nil {
		return nil, err
	}
	if !kept {
		return nil, beat.ErrTooOld
	}
	rows, err := f.p.db.QueryContext(ctx, f.p.sql(sincePostgres), snapshot(v), mostLines)
	if err != nil {
		return nil, err
	}
	lines, err := readLog(rows)
	if err == nil && len(lines) == mostLines {
		err = beat.ErrTooOld
	}
	if err != nil {
		return nil, err
	}
	seen := make(map[logged]bool, min(len(lines), keepChanges))
	return slices.DeleteFunc(lines, func(l logged) bool {
		again := seen[l]
		seen[l] = true
		return again
	}), nil
}

// mostLines is how many lines of the log are read at most. The same row may have many.
const mostLines = 50 * keepChanges

// trim keeps the newest lines in the order of transactions. After a restore from a dump the ids are of another cluster
// and mean nothing here: then it begins anew.
func (f *postgresFeed) trim(ctx context.Context) error {
	_, err := f.p.db.ExecContext(ctx, f.p.sql(`
		with foreigner as (
			select 1 from ${prefix}beat_change_floor where trimmed >= pg_snapshot_xmax(pg_current_snapshot())),
		d as (delete from ${prefix}beat_change where exists (select 1 from foreigner))
		update ${prefix}beat_change_floor set xid = pg_current_xact_id(), trimmed = pg_current_xact_id()
		where exists (select 1 from foreigner)`))
	if err != nil {
		return err
	}
	_, err = f.p.db.ExecContext(ctx, f.p.sql(`
		with x as materialized (select xid from ${prefix}beat_change order by xid desc offset $1 limit 1),
		d as (delete from ${prefix}beat_change c using x where c.xid < x.xid)
		update ${prefix}beat_change_floor f set xid = x.xid, trimmed = pg_current_xact_id() from x where f.xid < x.xid`),
		keepChanges)
	return err
}

// readLog reads rows of task and schedule. It closes them.
func readLog(rows *sql.Rows) ([]logged, error) {
	defer rows.Close()
	var log []logged
	for rows.Next() {
		var l logged
		if err := rows.Scan(&l.taskID, &l.scheduleID); err != nil {
			return nil, err
		}
		log = append(log, l)
	}
	return log, rows.Err()
}

// snapshot writes the snapshot of a version as PostgreSQL does: xmin:xmax:xid,xid and so on.
func snapshot(v beat.Version) string {
	var list []string
	for _, xid := range v.Open[2:] {
		list = append(list, strconv.FormatInt(xid, 10))
	}
	return fmt.Sprintf("%d:%d:%s", v.Open[0], v.Open[1], strings.Join(list, ","))
}

func parseSnapshot(text string) ([]int64, error) {
	var open []int64
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ':' || r == ',' }) {
		xid, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("snapshot %q: %w", text, err)
		}
		open = append(open, xid)
	}
	if len(open) < 2 {
		return nil, errors.New("snapshot is empty")
	}
	return open, nil
}
