-- Tables that only stores write. They hold no foreign keys, so that they can stand beside the tables of another
-- program, and they are logged: a claim that was acknowledged survives a crash.

-- +goose Up
create table ${prefix}beat_lease (
    namespace   text collate "C" not null,
    shard       integer not null,
    epoch       bigint not null,
    holder      uuid,
    name        text,
    granted_at  timestamptz,
    expires_at  timestamptz not null,
    primary key (namespace, shard)
);

create table ${prefix}beat_cursor (
    schedule_id bigint primary key,
    shard       integer not null,
    decided_to  timestamptz not null,
    last_run    timestamptz,
    next_at     timestamptz,
    spec        bigint not null default 0,
    fires       bigint not null default 0,
    note        text,
    batch       uuid
) with (fillfactor = 60);

create table ${prefix}beat_batch (
    id           uuid primary key,
    namespace    text collate "C" not null,
    shard        integer not null,
    epoch        bigint not null,
    schedule_ids bigint[] not null,
    instants     timestamptz[] not null,
    payload      bytea,
    state        smallint not null,
    at           timestamptz not null default clock_timestamp(),
    settled_at   timestamptz
);
comment on column ${prefix}beat_batch.state is '1 claimed, 2 settled';
create index ${prefix}beat_batch_open on ${prefix}beat_batch (namespace, shard, epoch) where state = 1;
create index ${prefix}beat_batch_settled on ${prefix}beat_batch (settled_at) where state = 2;

create table ${prefix}beat_ledger (
    schedule_id bigint not null,
    instant     timestamptz not null,
    state       text not null,
    reason      text,
    epoch       bigint not null,
    batch       uuid not null,
    claimed_at  timestamptz not null,
    settled_at  timestamptz not null,
    primary key (schedule_id, instant)
);
create index ${prefix}beat_ledger_settled on ${prefix}beat_ledger using brin (settled_at);

create table ${prefix}beat_missed (
    schedule_id bigint not null,
    from_at     timestamptz,
    to_at       timestamptz,
    n           bigint not null,
    reason      text not null,
    at          timestamptz not null default clock_timestamp()
);
create index ${prefix}beat_missed_schedule on ${prefix}beat_missed (schedule_id, at);

create table ${prefix}beat_audit (
    seq    bigint generated always as identity primary key,
    at     timestamptz not null default clock_timestamp(),
    actor  text,
    action text not null,
    object text,
    before json,
    after  json,
    prev   bytea,
    hash   bytea
);

-- rows begin
create view ${prefix}beat_status as
select s.id as schedule_id, p.namespace, p.name, p.task, p.enabled, s.active,
       c.last_run, c.next_at as next_run, coalesce(c.fires, 0) as fires,
       case when not p.enabled or not s.active then 'off'
            when c.schedule_id is null then 'new'
            when c.note is not null then 'stopped'
            when c.next_at is null then 'ended'
            else 'on' end as state,
       case when not p.enabled then 'the task is not enabled'
            when not s.active then 'the schedule is not active'
            else c.note end as reason
from ${prefix}task_schedule s
join ${prefix}periodic_task p on p.id = s.task_id
left join ${prefix}beat_cursor c on c.schedule_id = s.id;
-- rows end

-- +goose Down
-- rows begin
drop view ${prefix}beat_status;
-- rows end
drop table ${prefix}beat_audit;
drop table ${prefix}beat_missed;
drop table ${prefix}beat_ledger;
drop table ${prefix}beat_batch;
drop table ${prefix}beat_cursor;
drop table ${prefix}beat_lease;
