package gormstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// The claim of MySQL and MariaDB is one transaction whose statements are sent at once, so a leader that is stopped in
// the middle leaves nothing open. The lock on the lease row keeps a takeover waiting, and makes us wait for one.
//
//	@fence  1 if the lease is ours
//	@go     1 if also the batch was not claimed before
//	@ends   rows to write that could be locked at once: an editor who leaves a transaction open delays his own row
//	        only
//	@may    the decisions of @doc that may be carried out; a select by itself, since a subquery of an update would
//	        lock the tasks it looks at
//
// What was taken is known afterwards by the batch in the cursor, since an update cannot return rows here.
const (
	claimBegin = `
set transaction isolation level read committed;
start transaction;
set @doc = ?, @fence = 0, @go = 0, @ends = null, @now = utc_timestamp(6);
select count(*) into @fence from ${prefix}beat_lease
where namespace = ? and shard = ? and epoch = ? and holder = ? for update;
select @fence = 1 and not exists (select 1 from ${prefix}beat_batch where id = ?)
    and not exists (select 1 from ${ids} straight_join ${prefix}beat_cursor c on c.schedule_id = v.id where c.batch = ?)
into @go;
`
	claimSettle = `
insert into ${prefix}beat_ledger (schedule_id, instant, state, epoch, batch, claimed_at, settled_at)
select r.id, ${epoch} + interval r.us microsecond, 'confirmed', b.epoch, b.id, b.at, @now
from ${prefix}beat_batch b, ${runs} where @fence = 1 and b.id = ? and b.namespace = ? and b.shard = ? and b.state = 1
on duplicate key update schedule_id = ${prefix}beat_ledger.schedule_id;
update ${prefix}beat_batch set state = 2, settled_at = @now
where @fence = 1 and id = ? and namespace = ? and shard = ? and state = 1;
`
	claimFailed = `
update ${prefix}beat_ledger set state = ?, reason = nullif(?, '')
where @fence = 1 and schedule_id = ? and instant = ? and batch = ?
    and exists (select 1 from ${prefix}beat_batch where id = ? and namespace = ? and shard = ?);
`
	claimLock = `
select json_arrayagg(s.id) into @ends
from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
where s.id in (${keys}) for update skip locked;
`
	claimAllow = `
select coalesce(concat('[', group_concat(v.decision order by v.ord separator ','), ']'), '[]') into @may
from json_table(@doc, '$[*]' columns (ord for ordinality, decision json path '$', id bigint path '$[0]',
    dest datetime(6) path '$[2]', fire boolean path '$[4]', ending int path '$[8]')) v
where v.dest <= utc_timestamp(6) + interval 500000 microsecond
    and (v.ending = 0 or coalesce(json_contains(@ends, cast(v.id as char)), 0))
    and exists (select 1 from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
        where s.id = v.id and p.namespace = ? and (not v.fire or s.active and p.enabled));
`
	claimDecide = `
update ${may} straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
set c.decided_to = v.dest, c.last_run = if(v.fire, v.dest, c.last_run), c.next_at = v.next, c.spec = v.spec,
    c.fires = c.fires + v.fire, c.note = v.note, c.batch = ?, c.shard = ?
where @go = 1 and c.decided_to = v.prev and (v.dest > v.prev or v.dest = v.prev and not v.fire);
insert into ${prefix}beat_cursor (schedule_id, shard, decided_to, last_run, next_at, spec, fires, note, batch)
select v.id, ?, v.dest, if(v.fire, v.dest, null), v.next, v.spec, v.fire, v.note, ?
from ${may} where @go = 1 and v.prev is null
on duplicate key update schedule_id = ${prefix}beat_cursor.schedule_id;
insert into ${prefix}beat_missed (schedule_id, from_at, to_at, n, reason, at)
select v.id, v.mfrom, v.mto, v.missed, v.reason, @now
from json_table(@may, '$[*]' columns (id bigint path '$[0]', missed bigint path '$[9]', reason varchar(32) path '$[10]',
    mfrom datetime(6) path '$[11]', mto datetime(6) path '$[12]')) v straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
where @go = 1 and c.batch = ? and v.missed > 0;
insert into ${prefix}beat_batch (id, namespace, shard, epoch, runs, payload, state, at)
select ?, ?, ?, ?, concat('[', group_concat(concat('[', v.id, ',', v.us, ']') order by v.ord separator ','), ']'),
    ?, 1, @now
from json_table(@may, '$[*]' columns (ord for ordinality, id bigint path '$[0]', us bigint path '$[3]',
    fire boolean path '$[4]')) v straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
where @go = 1 and c.batch = ? and v.fire having count(*) > 0;
`
	claimEnd = `
update ${ends} straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
    straight_join ${prefix}task_schedule s on s.id = v.id
set s.active = false where @go = 1 and c.batch = ? and v.ending = 1;
update ${ends} straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
    straight_join ${prefix}task_schedule s on s.id = v.id straight_join ${prefix}periodic_task p on p.id = s.task_id
set p.enabled = false where @go = 1 and c.batch = ? and v.ending = 2;
`
	// The same about the table of another scheduler, in which each run is noted; see postgresForeign.
	foreignLock = `
select json_arrayagg(p.id) into @ends
from ${tasks} p force index (primary) where p.id in (${keys}) and p.enabled for update skip locked;
`
	foreignAllow = `
select coalesce(concat('[', group_concat(v.decision order by v.ord separator ','), ']'), '[]') into @may
from json_table(@doc, '$[*]' columns (ord for ordinality, decision json path '$', id bigint path '$[0]',
    dest datetime(6) path '$[2]', fire boolean path '$[4]')) v straight_join ${tasks} p force index (primary) on p.id = v.id
where v.dest <= utc_timestamp(6) + interval 500000 microsecond
    and (not v.fire or (p.last_run_at is null or p.last_run_at < v.dest)
        and v.id in (select e.id from json_table(@ends, '$[*]' columns (id bigint path '$')) e));
`
	foreignWrite = `
update json_table(@may, '$[*]' columns (id bigint path '$[0]', dest datetime(6) path '$[2]', fire boolean path '$[4]',
    ending int path '$[8]')) v straight_join ${prefix}beat_cursor c on c.schedule_id = v.id
    straight_join ${tasks} p force index (primary) on p.id = v.id
set p.last_run_at = v.dest, p.enabled = v.ending = 0, p.total_run_count = if(v.ending = 0, p.total_run_count + 1, 0)
where @go = 1 and c.batch = ? and v.fire;
`
	claimTaken = `
commit;
select @fence, null
union all
select @fence, v.id from ${ids} straight_join ${prefix}beat_cursor c on c.schedule_id = v.id where c.batch = ?
union all
select @fence, r.id from ${prefix}beat_batch b, ${runs} where b.id = ?;
`
)

// Parts of the statements above.
const (
	claimMay = `json_table(@may, '$[*]' columns (id bigint path '$[0]', prev datetime(6) path '$[1]',
    dest datetime(6) path '$[2]', fire boolean path '$[4]', next datetime(6) path '$[5]', spec bigint path '$[6]',
    note text path '$[7]')) v`
	claimEnds  = `json_table(@may, '$[*]' columns (id bigint path '$[0]', ending int path '$[8]')) v`
	claimIDs   = `json_table(@doc, '$[*]' columns (id bigint path '$[0]')) v`
	claimRuns  = `json_table(b.runs, '$[*]' columns (id bigint path '$[0]', us bigint path '$[1]')) r`
	claimEpoch = `cast('1970-01-01 00:00:00' as datetime(6))`
)

func (m *maria) claim(ctx context.Context, l beat.Lease, c claim) (taken []int64, fenced bool, err error) {
	text, args, err := m.claimText(l, c)
	if err != nil {
		return nil, false, err
	}
	err = m.batch(ctx, text, args, func(rows *sql.Rows) error {
		var fence int
		var id sql.NullInt64
		if err := rows.Scan(&fence, &id); err != nil {
			return err
		}
		fenced = fence == 0
		if id.Valid {
			taken = append(taken, id.Int64)
		}
		return nil
	})
	return taken, fenced, err
}

// claimText puts the statements together that this batch needs.
func (m *maria) claimText(l beat.Lease, c claim) (string, []any, error) {
	doc, err := encodeDecisions(c.decisions)
	if err != nil {
		return "", nil, err
	}
	id, ns, shard := c.id.String(), m.cfg.Namespace, l.Shard
	text, args := claimBegin, []any{doc, ns, shard, l.Epoch, l.Holder.String(), id, id}
	for _, st := range c.done {
		batch := st.Batch.String()
		text, args = text+claimSettle, append(args, batch, ns, shard, batch, ns, shard)
	}
	failures := c.failures()
	text += strings.Repeat(claimFailed, len(failures))
	for _, f := range failures {
		args = append(args, f.State.String(), f.Reason, f.id, m.stamp(f.Instant), f.batch.String(), f.batch.String(), ns, shard)
	}
	rows := m.claimRows(c, id)
	if len(rows.keys) > 0 {
		text += strings.Replace(rows.lock, "${keys}", strings.Repeat("?, ", len(rows.keys)-1)+"?", 1)
		args = append(args, rows.keys...)
	}
	if len(c.decisions) > 0 {
		text += rows.allow + claimDecide
		args = append(append(args, rows.space...), id, shard, shard, id, id, id, ns, shard, l.Epoch, c.payload, id)
	}
	if len(rows.keys) > 0 {
		text, args = text+rows.write, append(args, rows.args...)
	}
	text, args = text+claimTaken, append(args, id, id)
	text = strings.NewReplacer("${may}", claimMay, "${ends}", claimEnds, "${ids}", claimIDs, "${runs}", claimRuns,
		"${epoch}", claimEpoch, "${tasks}", m.cfg.Tasks).Replace(text)
	return m.sql(text), args, nil
}

// claimedRows are the statements of a claim about the rows of tasks.
type claimedRows struct {
	lock, allow, write string
	space              []any // the namespace, for allow
	keys               []any // of the rows that are locked and written
	args               []any // of write
}

// claimRows are the statements about our own rows, of which what ends is written, or about those of another scheduler,
// which knows no namespaces, of which all that run are.
func (m *maria) claimRows(c claim, id string) claimedRows {
	r := claimedRows{lock: claimLock, allow: claimAllow, write: claimEnd, space: []any{m.cfg.Namespace}, args: []any{id, id}}
	written := func(d *decision) bool { return d.End != beat.EndNothing }
	if m.cfg.Tasks != "" {
		r = claimedRows{lock: foreignLock, allow: foreignAllow, write: foreignWrite, args: []any{id}}
		written = func(d *decision) bool { return d.Fire }
	}
	for i := range c.decisions {
		if d := &c.decisions[i]; written(d) {
			r.keys = append(r.keys, d.id)
		}
	}
	return r
}

// encodeDecisions writes decisions as the statements read them: one array for each.
func encodeDecisions(decisions []decision) (string, error) {
	list := make([][]any, len(decisions))
	for i, d := range decisions {
		var note any
		if d.Note != "" {
			note = d.Note
		}
		fire := 0
		if d.Fire {
			fire = 1
		}
		list[i] = []any{
			d.id, datetime(d.Prev), datetime(d.To), d.To.UnixMicro(), fire, datetime(d.Next), int64(d.Spec), note,
			int(d.End), d.Missed, d.MissedReason, datetime(d.MissedFrom), datetime(d.MissedTo),
		}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// datetime is t as JSON_TABLE reads a datetime, nil for zero.
func datetime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000")
}
