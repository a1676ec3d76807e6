-- Tables that only stores write. Times are microseconds since 1970; beat_status shows them as text. The runs of a
-- batch are JSON: [[schedule id, instant], ...].

-- +goose Up
create table ${prefix}beat_lease (
    namespace  text not null,
    shard      integer not null,
    epoch      integer not null,
    holder     text,
    name       text,
    granted_at integer,
    expires_at integer not null,
    primary key (namespace, shard)
) strict;

create table ${prefix}beat_cursor (
    schedule_id integer primary key,
    shard       integer not null,
    decided_to  integer not null,
    last_run    integer,
    next_at     integer,
    spec        integer not null default 0,
    fires       integer not null default 0,
    note        text,
    batch       text
) strict;

create table ${prefix}beat_batch (
    id         text primary key,
    namespace  text not null,
    shard      integer not null,
    epoch      integer not null,
    runs       text not null,
    payload    blob,
    state      integer not null, -- 1 claimed, 2 settled
    at         integer not null,
    settled_at integer
) strict;
create index ${prefix}beat_batch_open on ${prefix}beat_batch (namespace, shard, epoch) where state = 1;
create index ${prefix}beat_batch_settled on ${prefix}beat_batch (settled_at) where state = 2;

create table ${prefix}beat_ledger (
    schedule_id integer not null,
    instant     integer not null,
    state       text not null,
    reason      text,
    epoch       integer not null,
    batch       text not null,
    claimed_at  integer not null,
    settled_at  integer not null,
    primary key (schedule_id, instant)
) strict, without rowid;
create index ${prefix}beat_ledger_settled on ${prefix}beat_ledger (settled_at);

create table ${prefix}beat_missed (
    schedule_id integer not null,
    from_at     integer,
    to_at       integer,
    n           integer not null,
    reason      text not null,
    at          integer not null
) strict;
create index ${prefix}beat_missed_schedule on ${prefix}beat_missed (schedule_id, at);

create table ${prefix}beat_audit (
    seq    integer primary key autoincrement,
    at     integer not null,
    actor  text,
    action text not null,
    object text,
    before text,
    after  text,
    prev   blob,
    hash   blob
) strict;

-- rows begin
create view ${prefix}beat_status as
select s.id as schedule_id, p.namespace, p.name, p.task, p.enabled, s.active,
       strftime('%Y-%m-%d %H:%M:%f', c.last_run / 1e6, 'unixepoch') as last_run,
       strftime('%Y-%m-%d %H:%M:%f', c.next_at / 1e6, 'unixepoch') as next_run,
       coalesce(c.fires, 0) as fires,
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
