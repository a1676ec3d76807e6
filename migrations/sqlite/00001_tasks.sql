-- Tables that people edit. Times are text as datetime('now') writes them, UTC; a fraction is allowed. Numbers are
-- checked by "strict"; a time that cannot be read stops only its own entry.

-- +goose Up
-- rows begin
create table ${prefix}periodic_task (
    id             integer primary key autoincrement,
    namespace      text not null default '',
    name           text not null,
    description    text,
    task           text not null,
    args           text check (args is null or json_valid(args)),
    kwargs         text check (kwargs is null or json_valid(kwargs)),
    queue          text,
    exchange       text,
    routing_key    text,
    priority       integer,
    headers        text check (headers is null or json_valid(headers)),
    options        text check (options is null or json_valid(options)),
    expires        text,
    expire_seconds real,
    enabled        integer not null default 1 check (enabled in (0, 1)),
    one_off        integer not null default 0 check (one_off in (0, 1)),
    start_time     text,
    end_time       text,
    max_runs       integer,
    misfire        text default 'last',
    misfire_window real,
    delivery       text default 'at_least_once',
    created_at     text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    modified_at    text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    unique (namespace, name)
) strict;

create table ${prefix}task_schedule (
    id             integer primary key autoincrement,
    task_id        integer not null references ${prefix}periodic_task (id) on delete cascade,
    kind           text not null,
    second         text,
    minute         text,
    hour           text,
    day_of_month   text,
    month_of_year  text,
    day_of_week    text,
    timezone       text,
    every          integer,
    period         text,
    event          text,
    latitude       real,
    longitude      real,
    clocked_time   text,
    expression     text,
    kwargs         text check (kwargs is null or json_valid(kwargs)),
    jitter_seconds real not null default 0,
    active         integer not null default 1 check (active in (0, 1)),
    created_at     text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    modified_at    text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
) strict;
create index ${prefix}task_schedule_task on ${prefix}task_schedule (task_id);
-- rows end

-- +goose Down
-- rows begin
drop table ${prefix}task_schedule;
drop table ${prefix}periodic_task;
-- rows end
