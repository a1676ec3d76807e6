-- The log of changes: every insert, update, delete and truncate of a task or a schedule, whoever makes it and however.
-- A log and not one marker row: a marker would make editors wait for each other, and one transaction left open would
-- stop all of them. Readers use xid to see transactions that commit late.

-- +goose Up
-- rows begin
-- The functions run as the owner of the tables, so that a role that may edit tasks needs no right on the log. The
-- search path that they keep therefore names the schema, and pg_temp last.
select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

create table ${prefix}beat_change (
    seq         bigint generated always as identity primary key,
    xid         xid8 not null default pg_current_xact_id(),
    task_id     bigint,
    schedule_id bigint,
    deleted     boolean not null default false,
    at          timestamptz not null default clock_timestamp()
);
create index ${prefix}beat_change_xid on ${prefix}beat_change (xid);

-- The floor: what older transactions have logged may have been trimmed, which the transaction "trimmed" did.
create table ${prefix}beat_change_floor (
    id      integer primary key check (id = 1),
    xid     xid8 not null default pg_current_xact_id(),
    trimmed xid8 not null default pg_current_xact_id()
);
insert into ${prefix}beat_change_floor (id) values (1);

-- +goose StatementBegin
create function ${prefix}beat_touch() returns trigger language plpgsql set search_path from current as $$
begin
    new.modified_at := greatest(clock_timestamp(), old.modified_at + interval '1 microsecond');
    return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ${prefix}beat_log_task() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    if tg_op = 'INSERT' then
        insert into ${prefix}beat_change (task_id) select id from new_rows;
    elsif tg_op = 'UPDATE' then
        insert into ${prefix}beat_change (task_id) select id from new_rows union select id from old_rows;
    elsif tg_op = 'DELETE' then
        insert into ${prefix}beat_change (task_id, deleted) select id, true from old_rows;
    else
        insert into ${prefix}beat_change (deleted) values (true);
    end if;
    if found then
        perform pg_notify('${prefix}beat_change', '');
    end if;
    return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ${prefix}beat_log_schedule() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    if tg_op = 'INSERT' then
        insert into ${prefix}beat_change (task_id, schedule_id) select task_id, id from new_rows;
    elsif tg_op = 'UPDATE' then
        insert into ${prefix}beat_change (task_id, schedule_id)
        select task_id, id from new_rows union select task_id, id from old_rows;
    elsif tg_op = 'DELETE' then
        insert into ${prefix}beat_change (task_id, schedule_id, deleted) select task_id, id, true from old_rows;
    else
        insert into ${prefix}beat_change (deleted) values (true);
    end if;
    if found then
        perform pg_notify('${prefix}beat_change', '');
    end if;
    return null;
end $$;
-- +goose StatementEnd

create trigger beat_touch before update on ${prefix}periodic_task
    for each row execute function ${prefix}beat_touch();
create trigger beat_touch before update on ${prefix}task_schedule
    for each row execute function ${prefix}beat_touch();

create trigger beat_log_insert after insert on ${prefix}periodic_task
    referencing new table as new_rows for each statement execute function ${prefix}beat_log_task();
create trigger beat_log_update after update on ${prefix}periodic_task
    referencing old table as old_rows new table as new_rows
    for each statement execute function ${prefix}beat_log_task();
create trigger beat_log_delete after delete on ${prefix}periodic_task
    referencing old table as old_rows for each statement execute function ${prefix}beat_log_task();
create trigger beat_log_truncate after truncate on ${prefix}periodic_task
    for each statement execute function ${prefix}beat_log_task();

create trigger beat_log_insert after insert on ${prefix}task_schedule
    referencing new table as new_rows for each statement execute function ${prefix}beat_log_schedule();
create trigger beat_log_update after update on ${prefix}task_schedule
    referencing old table as old_rows new table as new_rows
    for each statement execute function ${prefix}beat_log_schedule();
create trigger beat_log_delete after delete on ${prefix}task_schedule
    referencing old table as old_rows for each statement execute function ${prefix}beat_log_schedule();
create trigger beat_log_truncate after truncate on ${prefix}task_schedule
    for each statement execute function ${prefix}beat_log_schedule();
-- rows end

-- +goose Down
-- rows begin
drop trigger beat_log_truncate on ${prefix}task_schedule;
drop trigger beat_log_delete on ${prefix}task_schedule;
drop trigger beat_log_update on ${prefix}task_schedule;
drop trigger beat_log_insert on ${prefix}task_schedule;
drop trigger beat_log_truncate on ${prefix}periodic_task;
drop trigger beat_log_delete on ${prefix}periodic_task;
drop trigger beat_log_update on ${prefix}periodic_task;
drop trigger beat_log_insert on ${prefix}periodic_task;
drop trigger beat_touch on ${prefix}task_schedule;
drop trigger beat_touch on ${prefix}periodic_task;
drop function ${prefix}beat_log_schedule();
drop function ${prefix}beat_log_task();
drop function ${prefix}beat_touch();
drop table ${prefix}beat_change_floor;
drop table ${prefix}beat_change;
-- rows end
