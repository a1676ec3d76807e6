package gormstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// claimPostgres is the whole claim in one autocommitted statement: a leader that is stopped in the middle holds no lock.
//
//	f  the fence; it waits for a takeover under way, and makes a takeover wait for us
//	g  the fence, and the batch was not claimed before
//	v  the decisions about schedules that may run, or are at least there
//	k  rows to write that can be locked at once: an editor who leaves a transaction open delays his own row only
//	u  cursors moved by compare-and-set; n cursors made
//	t  what was taken of v
//	b  the batch; m missed runs; es, et, w rows written
//	d  batches settled; l their runs in the ledger
//	c  the ledger corrected about batches that were settled before
const claimPostgres = `
with f as materialized (
    select 1 from ${prefix}beat_lease where namespace = $1 and shard = $2 and epoch = $3 and holder = $4 for share),
g as materialized (
    select 1 from f where not exists (select 1 from ${prefix}beat_batch where id = $5)),
v as materialized (
    select v.* from unnest($7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::timestamptz[],
        $12::bigint[], $13::text[], $14::smallint[], $15::bigint[], $16::text[], $17::timestamptz[], $18::timestamptz[])
        with ordinality as v(id, prev, dest, fire, next, spec, note, ending, missed, reason, mfrom, mto, ord)
    ${found} and v.dest <= clock_timestamp() + interval '500 ms'),
k as materialized (${lock}),
u as (
    update ${prefix}beat_cursor c
    set decided_to = v.dest, last_run = case when v.fire then v.dest else c.last_run end, next_at = v.next,
        spec = v.spec, fires = c.fires + v.fire::int, note = v.note, batch = $5, shard = $2
    from v
    where c.schedule_id = v.id and c.decided_to = v.prev and exists (select 1 from g)
      and (v.dest > v.prev or v.dest = v.prev and not v.fire)
      and c.batch is distinct from $5
      and (${free} or v.id in (select id from k))
    returning v.ord),
n as (
    insert into ${prefix}beat_cursor (schedule_id, shard, decided_to, last_run, next_at, spec, fires, note, batch)
    select v.id, $2, v.dest, case when v.fire then v.dest end, v.next, v.spec, v.fire::int, v.note, $5
    from v
    where v.prev is null and exists (select 1 from g)
      and (${free} or v.id in (select id from k))
    on conflict (schedule_id) do nothing
    returning schedule_id),
t as materialized (
    select v.* from v
    where v.ord in (select ord from u) or v.prev is null and v.id in (select schedule_id from n)),
b as (
    insert into ${prefix}beat_batch (id, namespace, shard, epoch, schedule_ids, instants, payload, state)
    select $5, $1, $2, $3, array_agg(id order by ord), array_agg(dest order by ord), $6, 1
    from t where fire having count(*) > 0),
m as (
    insert into ${prefix}beat_missed (schedule_id, from_at, to_at, n, reason)
    select id, mfrom, mto, missed, reason from t where missed > 0),
${write},
d as (
    update ${prefix}beat_batch set state = 2, settled_at = clock_timestamp()
    where id = any ($19::uuid[]) and namespace = $1 and shard = $2 and state = 1 and exists (select 1 from f)
    returning id, epoch, schedule_ids, instants, at, settled_at),
x as materialized (
    select * from unnest($20::uuid[], $21::bigint[], $22::timestamptz[], $23::text[], $24::text[])
        as x(batch, id, instant, state, reason)),
l as (
    insert into ${prefix}beat_ledger (schedule_id, instant, state, reason, epoch, batch, claimed_at, settled_at)
    select r.id, r.instant, coalesce(x.state, 'confirmed'), nullif(x.reason, ''), d.epoch, d.id, d.at, d.settled_at
    from d cross join lateral unnest(d.schedule_ids, d.instants) as r(id, instant)
    left join x on x.batch = d.id and x.id = r.id and x.instant = r.instant${once}),
c as (
    update ${prefix}beat_ledger r set state = x.state, reason = nullif(x.reason, '')
    from x where r.schedule_id = x.id and r.instant = x.instant and r.batch = x.batch and exists (select 1 from f)
      and exists (select 1 from ${prefix}beat_batch p where p.id = x.batch and p.namespace = $1 and p.shard = $2))
select (select count(*) from f), t.id from (select 1) one left join t on true`

// onceEach has the ledger keep what it knows of a run that is there already, which happens when cursors were put back. It
// makes a line of the ledger half as dear again, so it is only asked for when a claim is tried again.
const onceEach = `
    on conflict (schedule_id, instant) do nothing`

// postgresRows are the parts of the claim about our own rows, those of the namespace: what ends is switched off. Schedules
// and their tasks are looked up by their keys: "offset 0" keeps the planner from joining whole tables of them.
func postgresRows() *strings.Replacer {
	return strings.NewReplacer("${found}", `cross join lateral (
        select s.task_id, s.active from ${prefix}task_schedule s where s.id = v.id offset 0) s
    cross join lateral (
        select p.namespace, p.enabled from ${prefix}periodic_task p where p.id = s.task_id offset 0) p
    where p.namespace = $1 and (not v.fire or s.active and p.enabled)`,
		"${lock}", `
    select s.id from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
    where s.id in (select id from v where ending > 0) and exists (select 1 from g)
    for update skip locked`,
		"${free}", "v.ending = 0",
		"${write}", `es as (
    update ${prefix}task_schedule s set active = false from t where t.ending = 1 and s.id = t.id),
et as (
    update ${prefix}periodic_task p set enabled = false
    from t join ${prefix}task_schedule s on s.id = t.id where t.ending = 2 and p.id = s.task_id)`)
}

// postgresForeign are the same parts about the table of another scheduler. Each run is noted in its row, as that
// scheduler would do it, and a row that was run since is left alone. What ends is switched off, and its count begins
// anew: with django-celery-beat a one-off task that has one would never run again.
func postgresForeign(c *Config) *strings.Replacer {
	foreign := strings.NewReplacer("${tasks}", c.Tasks, "${dest}", c.told("v.dest"), "${told}", c.told("t.dest"))
	return strings.NewReplacer("${found}", foreign.Replace("where (v.fire or exists (select 1 from ${tasks} p where p.id = v.id))"),
		// Only what may run is locked.
		"${lock}", foreign.Replace(`
    select p.id from v join ${tasks} p on p.id = v.id
    where v.fire and p.enabled and (p.last_run_at is null or p.last_run_at < ${dest}) and exists (select 1 from g)
    for no key update of p skip locked`),
		"${free}", "not v.fire",
		"${write}", foreign.Replace(`w as (
    update ${tasks} p set last_run_at = ${told}, enabled = t.ending = 0,
        total_run_count = case when t.ending = 0 then p.total_run_count + 1 else 0 end
    from t where t.fire and p.id = t.id)`))
}

func (p *postgres) claim(ctx context.Context, l beat.Lease, c claim) ([]int64, bool, error) {
	text := p.claimText
	if c.again {
		text = p.againText
	}
	rows, err := p.claims.QueryContext(ctx, text, p.claimArgs(l, c)...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	var fence int
	var taken []int64
	for rows.Next() {
		var id sql.NullInt64
		if err := rows.Scan(&fence, &id); err != nil {
			return nil, false, err
		}
		if id.Valid {
			taken = append(taken, id.Int64)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	if fence == 1 && len(taken) < len(c.decisions) {
		earlier, err := p.earlier(ctx, c)
		return append(taken, earlier...), false, err
	}
	return taken, fence == 0, nil
}

// earlier returns what an earlier attempt at the same claim took.
func (p *postgres) earlier(ctx context.Context, c claim) ([]int64, error) {
	ids := make([]int64, len(c.decisions))
	for i, d := range c.decisions {
		ids[i] = d.id
	}
	rows, err := p.claims.QueryContext(ctx, p.sql(`
		select schedule_id from ${prefix}beat_cursor where schedule_id = any ($1::bigint[]) and batch = $2
		union select unnest(schedule_ids) from ${prefix}beat_batch where id = $2`), ids, c.id)
	if err != nil {
		return nil, err
	}
	return readIDs(rows)
}

// readIDs reads rows of one key each. It closes them.
func readIDs(rows *sql.Rows) ([]int64, error) {
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// claimArgs makes one array of each field of the decisions, the settled batches and their failures.
func (p *postgres) claimArgs(l beat.Lease, c claim) []any {
	n := len(c.decisions)
	ids, specs, missed := make([]int64, n), make([]int64, n), make([]int64, n)
	prevs, tos, nexts := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	from, to := make([]*time.Time, n), make([]*time.Time, n)
	fires, ends := make([]bool, n), make([]int16, n)
	notes, reasons := make([]*string, n), make([]string, n)
	for i, d := range c.decisions {
		ids[i], specs[i], missed[i] = d.id, int64(d.Spec), d.Missed
		prevs[i], tos[i], nexts[i] = instant(d.Prev), instant(d.To), instant(d.Next)
		from[i], to[i] = instant(d.MissedFrom), instant(d.MissedTo)
		fires[i], ends[i], reasons[i] = d.Fire, int16(d.End), d.MissedReason
		if d.Note != "" {
			notes[i] = &d.Note
		}
	}
	args := []any{
		p.cfg.Namespace, l.Shard, l.Epoch, l.Holder, c.id, c.payload,
		ids, prevs, tos, fires, nexts, specs, notes, ends, missed, reasons, from, to,
	}
	return append(args, settleArgs(c)...)
}

func settleArgs(c claim) []any {
	done := make([]string, len(c.done))
	for i, st := range c.done {
		done[i] = st.Batch.String()
	}
	failures := c.failures()
	n := len(failures)
	batches, ids, instants := make([]string, n), make([]int64, n), make([]*time.Time, n)
	states, reasons := make([]string, n), make([]string, n)
	for i, f := range failures {
		batches[i], ids[i], instants[i] = f.batch.String(), f.id, instant(f.Instant)
		states[i], reasons[i] = f.State.String(), f.Reason
	}
	return []any{done, batches, ids, instants, states, reasons}
}

// instant is t as an element of an array, nil for zero.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}
