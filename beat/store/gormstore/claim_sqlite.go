package gormstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// ahead is how much later than the store's clock a run may be claimed (spec: G7).
const ahead = 500 * time.Millisecond

// claim carries a batch out in one transaction that begins as the only writer, decision by decision: the database is
// in this process, so a statement costs no round trip.
func (l *lite) claim(ctx context.Context, lease beat.Lease, c claim) (taken []int64, fenced bool, err error) {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	now := time.Now()
	t := &liteClaim{lite: l, ctx: ctx, tx: tx, now: now, lease: lease, claim: c}
	held, err := t.held()
	if err != nil || !held {
		return nil, !held, err
	}
	if err := t.settle(); err != nil {
		return nil, false, err
	}
	if err := t.carryOut(); err != nil {
		return nil, false, err
	}
	return t.taken, false, tx.Commit()
}

// liteClaim is one claim under way.
type liteClaim struct {
	*lite
	claim

	ctx   context.Context //nolint:containedctx // lives as long as the one call
	tx    *sql.Tx
	now   time.Time
	lease beat.Lease
	taken []int64
}

func (t *liteClaim) exec(query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(t.ctx, t.sql(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *liteClaim) held() (bool, error) {
	var one int
	err := t.tx.QueryRowContext(t.ctx, t.sql(
		"select 1 from ${prefix}beat_lease where namespace = ? and shard = ? and epoch = ? and holder = ?"),
		t.cfg.Namespace, t.lease.Shard, t.lease.Epoch, t.lease.Holder.String()).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (t *liteClaim) carryOut() error {
	again, err := t.earlier()
	if err != nil || again {
		return err
	}
	var runs [][2]int64
	for _, d := range t.decisions {
		ok, err := t.decide(d)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		t.taken = append(t.taken, d.id)
		if d.Fire {
			runs = append(runs, [2]int64{d.id, d.To.UnixMicro()})
		}
	}
	if len(runs) == 0 {
		return nil
	}
	text, err := encodeRuns(runs)
	if err != nil {
		return err
	}
	_, err = t.exec(`insert into ${prefix}beat_batch (id, namespace, shard, epoch, runs, payload, state, at)
		values (?, ?, ?, ?, ?, ?, 1, ?)`,
		t.id.String(), t.cfg.Namespace, t.lease.Shard, t.lease.Epoch, text, t.payload, t.now.UnixMicro())
	return err
}

// earlier looks for what an earlier attempt at the same claim took.
func (t *liteClaim) earlier() (bool, error) {
	rows, err := t.tx.QueryContext(t.ctx, t.sql(`
		select json_extract(r.value, '$[0]') from ${prefix}beat_batch b, json_each(b.runs) r where b.id = ?`), t.id.String())
	if err != nil {
		return false, err
	}
	if t.taken, err = readIDs(rows); err != nil {
		return false, err
	}
	ids := make([]int64, len(t.decisions))
	for i, d := range t.decisions {
		ids[i] = d.id
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return false, err
	}
	rows, err = t.tx.QueryContext(t.ctx, t.sql(`
		select c.schedule_id from json_each(?) v join ${prefix}beat_cursor c on c.schedule_id = v.value where c.batch = ?`),
		string(text), t.id.String())
	if err != nil {
		return false, err
	}
	moved, err := readIDs(rows)
	if err != nil {
		return false, err
	}
	t.taken = append(t.taken, moved...)
	return len(t.taken) > 0, nil
}

// decide moves the cursor of one entry if it may.
func (t *liteClaim) decide(d decision) (bool, error) {
	if d.To.After(t.now.Add(ahead)) {
		return false, nil
	}
	may, more, err := t.may(d)
	if err != nil {
		return false, err
	}
	args := append([]any{
		d.id, t.lease.Shard, t.stamp(d.To), d.Fire, t.stamp(d.Next), int64(d.Spec), d.Note, t.id.String(), t.stamp(d.Prev),
	}, more...)
	query := `
		insert into ${prefix}beat_cursor (schedule_id, shard, decided_to, last_run, next_at, spec, fires, note, batch)
		select ?1, ?2, ?3, case when ?4 then ?3 end, ?5, ?6, ?4, nullif(?7, ''), ?8 where ?9 is null and` + may +
		" on conflict do nothing"
	if !d.Prev.IsZero() {
		query = `
		update ${prefix}beat_cursor set shard = ?2, decided_to = ?3, last_run = case when ?4 then ?3 else last_run end,
			next_at = ?5, spec = ?6, fires = fires + ?4, note = nullif(?7, ''), batch = ?8
		where schedule_id = ?1 and decided_to = ?9 and (?3 > ?9 or ?3 = ?9 and not ?4) and` + may
	}
	n, err := t.exec(query, args...)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.consequences(d)
}

// may is the condition that the schedule of a decision is there, in the namespace, and for a run switched on, with its
// arguments from the tenth on.
func (t *liteClaim) may(d decision) (condition string, args []any, err error) {
	if t.cfg.Tasks == "" {
		return ` exists (select 1 from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
			where s.id = ?1 and p.namespace = ?10 and (not ?4 or s.active and p.enabled))`, []any{t.cfg.Namespace}, nil
	}
	// The times of other programs are texts of several forms, so they are compared here.
	var last models.Time
	err = t.tx.QueryRowContext(t.ctx, "select last_run_at from "+t.cfg.Tasks+" where id = ? and (not ? or enabled)", d.id, d.Fire).
		Scan(&last)
	if errors.Is(err, sql.ErrNoRows) || err == nil && d.Fire && !last.Before(d.To) {
		return " false", nil, nil
	}
	return " true", nil, err
}

// consequences records missed runs and switches off what ends.
func (t *liteClaim) consequences(d decision) error {
	if d.Missed > 0 {
		_, err := t.exec(`insert into ${prefix}beat_missed (schedule_id, from_at, to_at, n, reason, at)
			values (?, ?, ?, ?, ?, ?)`,
			d.id, t.stamp(d.MissedFrom), t.stamp(d.MissedTo), d.Missed, d.MissedReason, t.now.UnixMicro())
		if err != nil {
			return err
		}
	}
	if t.cfg.Tasks != "" {
		return t.note(d)
	}
	var err error
	switch d.End {
	case beat.EndSchedule:
		_, err = t.exec("update ${prefix}task_schedule set active = 0 where id = ?", d.id)
	case beat.EndTask:
		_, err = t.exec(`update ${prefix}periodic_task set enabled = 0
			where id = (select task_id from ${prefix}task_schedule where id = ?)`, d.id)
	case beat.EndNothing:
	}
	return err
}

// note writes a run into the row of another scheduler; see postgresForeign.
func (t *liteClaim) note(d decision) error {
	if !d.Fire {
		return nil
	}
	_, err := t.exec("update "+t.cfg.Tasks+` set last_run_at = ?2, enabled = ?3,
		total_run_count = case when ?3 then total_run_count + 1 else 0 end where id = ?1`,
		d.id, models.SQLiteText(d.To), d.End == beat.EndNothing)
	return err
}

// settle writes the ledger of finished batches: failures first, the rest of the runs was confirmed. Of batches that were
// settled before, it corrects the failures.
func (t *liteClaim) settle() error {
	const open = ` from ${prefix}beat_batch b, json_each(b.runs) r
		where b.id = ? and b.namespace = ? and b.shard = ? and b.state = 1`
	const columns = "insert into ${prefix}beat_ledger (schedule_id, instant, state, reason, epoch, batch, claimed_at, " +
		"settled_at) select json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), "
	at := t.now.UnixMicro()
	for _, f := range t.failures() {
		_, err := t.exec(columns+"?, nullif(?, ''), b.epoch, b.id, b.at, ?"+open+
			" and json_extract(r.value, '$[0]') = ? and json_extract(r.value, '$[1]') = ? on conflict do nothing",
			f.State.String(), f.Reason, at, f.batch.String(), t.cfg.Namespace, t.lease.Shard, f.id, f.Instant.UnixMicro())
		if err != nil {
			return err
		}
		_, err = t.exec(`update ${prefix}beat_ledger set state = ?, reason = nullif(?, '')
			where schedule_id = ? and instant = ? and batch = ? and exists (
				select 1 from ${prefix}beat_batch where id = ? and namespace = ? and shard = ? and state = 2)`,
			f.State.String(), f.Reason, f.id, f.Instant.UnixMicro(), f.batch.String(), f.batch.String(),
			t.cfg.Namespace, t.lease.Shard)
		if err != nil {
			return err
		}
	}
	for _, st := range t.done {
		_, err := t.exec(columns+"'confirmed', null, b.epoch, b.id, b.at, ?"+open+" on conflict do nothing",
			at, st.Batch.String(), t.cfg.Namespace, t.lease.Shard)
		if err != nil {
			return err
		}
		_, err = t.exec(`update ${prefix}beat_batch set state = 2, settled_at = ?
			where id = ? and namespace = ? and shard = ? and state = 1`,
			at, st.Batch.String(), t.cfg.Namespace, t.lease.Shard)
		if err != nil {
			return err
		}
	}
	return nil
}
