-- Tables that people edit, for MySQL 8 and MariaDB 10.6 and newer. Times are UTC. JSON columns are text with a check:
-- the type json of MySQL would put the keys into another order.

-- +goose Up
-- rows begin
create table ${prefix}periodic_task (
    id             bigint not null auto_increment primary key,
    namespace      varchar(255) not null default '',
    name           varchar(255) not null,
    description    text,
    task           varchar(255) not null,
    args           longtext check (json_valid(args)),
    kwargs         longtext check (json_valid(kwargs)),
    queue          varchar(255),
    exchange       varchar(255),
    routing_key    varchar(255),
    priority       integer,
    headers        longtext check (json_valid(headers)),
    options        longtext check (json_valid(options)),
    expires        datetime(6),
    expire_seconds double,
    enabled        boolean not null default true,
    one_off        boolean not null default false,
    start_time     datetime(6),
    end_time       datetime(6),
    max_runs       bigint,
    misfire        varchar(32) default 'last',
    misfire_window double,
    delivery       varchar(32) default 'at_least_once',
    created_at     datetime(6) not null default (utc_timestamp(6)),
    modified_at    datetime(6) not null default (utc_timestamp(6)),
    unique key ${prefix}periodic_task_name (namespace, name)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;

create table ${prefix}task_schedule (
    id             bigint not null auto_increment primary key,
    task_id        bigint not null,
    kind           varchar(32) not null,
    second         text,
    minute         text,
    hour           text,
    day_of_month   text,
    month_of_year  text,
    day_of_week    text,
    timezone       varchar(255),
    every          bigint,
    period         varchar(32),
    event          varchar(32),
    latitude       double,
    longitude      double,
    clocked_time   datetime(6),
    expression     text,
    kwargs         longtext check (json_valid(kwargs)),
    jitter_seconds double not null default 0,
    active         boolean not null default true,
    created_at     datetime(6) not null default (utc_timestamp(6)),
    modified_at    datetime(6) not null default (utc_timestamp(6)),
    foreign key ${prefix}task_schedule_task (task_id) references ${prefix}periodic_task (id)
) engine = innodb default charset = utf8mb4 collate = utf8mb4_bin;
-- rows end

-- +goose Down
-- rows begin
drop table ${prefix}task_schedule;
drop table ${prefix}periodic_task;
-- rows end
