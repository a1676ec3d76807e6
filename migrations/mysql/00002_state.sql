-- Tables that only stores write. The runs of a batch are JSON: [[schedule id, instant], ...].

-- +goose Up
create table ${prefix}beat_lease (
    namespace  varchar(255) not null,
    shard      integer not null,
    epoch      bigint not null,
    holder     char(36),
    name       varchar(255),
    granted_at datetime(6),
    expires_at datetime(6) not null,
    primary key (namespace, shard)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}beat_cursor (
    schedule_id bigint not null primary key,
    shard       integer not null,
    decided_to  datetime(6) not null,
    last_run    datetime(6),
    next_at     datetime(6),
    spec        bigint not null default 0,
    fires       bigint not null default 0,
    note        text,
    batch       char(36)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}beat_batch (
    id         char(36) not null primary key,
    namespace  varchar(255) not null,
    shard      integer not null,
    epoch      bigint not null,
    runs       longtext not null,
    payload    longblob,
    state      smallint not null comment '1 claimed, 2 settled',
    at         datetime(6) not null,
    settled_at datetime(6),
    key ${prefix}beat_batch_open (state, namespace, shard, epoch),
    key ${prefix}beat_batch_settled (settled_at)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}beat_ledger (
    schedule_id bigint not null,
    instant     datetime(6) not null,
    state       varchar(16) not null,
    reason      text,
    epoch       bigint not null,
    batch       char(36) not null,
    claimed_at  datetime(6) not null,
    settled_at  datetime(6) not null,
    primary key (schedule_id, instant),
    key ${prefix}beat_ledger_settled (settled_at)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}beat_missed (
    id          bigint not null auto_increment primary key,
    schedule_id bigint not null,
    from_at     datetime(6),
    to_at       datetime(6),
    n           bigint not null,
    reason      varchar(32) not null,
    at          datetime(6) not null,
    key ${prefix}beat_missed_schedule (schedule_id, at)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}beat_audit (
    seq    bigint not null auto_increment primary key,
    at     datetime(6) not null,
    actor  text,
    action text not null,
    object text,
    `before` longtext,
    `after`  longtext,
    prev   blob,
    hash   blob
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

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
