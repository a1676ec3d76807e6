-- The log of changes: every insert, update and delete of a task or a schedule, whoever makes it. SQLite has one writer
-- at a time, so the order of seq is the order of commits. The oldest row is the floor: versions from before it are too
-- old; hence the first one below.

-- +goose Up
-- rows begin
create table ${prefix}beat_change (
    seq         integer primary key autoincrement,
    task_id     integer,
    schedule_id integer,
    deleted     integer not null default 0,
    at          text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
) strict;
insert into ${prefix}beat_change default values;

-- modified_at moves with every update, by a millisecond (SQLite's clock knows no less) beyond the times of the task and
-- its schedules. The columns are listed so that the update made here does not fire the trigger again, also where
-- recursive triggers are on.

-- +goose StatementBegin
create trigger ${prefix}beat_touch_task after update of id, namespace, name, description, task, args, kwargs, queue,
    exchange, routing_key, priority, headers, options, expires, expire_seconds, enabled, one_off, start_time, end_time,
    max_runs, misfire, misfire_window, delivery, created_at on ${prefix}periodic_task
begin
    update ${prefix}periodic_task set modified_at = max(strftime('%Y-%m-%d %H:%M:%f', 'now'),
        coalesce(strftime('%Y-%m-%d %H:%M:%f', old.modified_at, '+0.001 seconds'), ''),
        coalesce((select strftime('%Y-%m-%d %H:%M:%f', max(modified_at), '+0.001 seconds')
            from ${prefix}task_schedule where task_id = new.id), '')) where id = new.id;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_touch_schedule after update of id, task_id, kind, second, minute, hour, day_of_month,
    month_of_year, day_of_week, timezone, every, period, event, latitude, longitude, clocked_time, expression, kwargs,
    jitter_seconds, active, created_at on ${prefix}task_schedule
begin
    update ${prefix}task_schedule set modified_at = max(strftime('%Y-%m-%d %H:%M:%f', 'now'),
        coalesce(strftime('%Y-%m-%d %H:%M:%f', old.modified_at, '+0.001 seconds'), ''),
        coalesce((select strftime('%Y-%m-%d %H:%M:%f', modified_at, '+0.001 seconds')
            from ${prefix}periodic_task where id = new.task_id), '')) where id = new.id;
end;
-- +goose StatementEnd

-- "insert or replace" removes a task of the same name without firing triggers for delete.
-- +goose StatementBegin
create trigger ${prefix}beat_replace_task before insert on ${prefix}periodic_task
begin
    insert into ${prefix}beat_change (task_id, schedule_id)
    select s.task_id, s.id from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
    where p.namespace = new.namespace and p.name = new.name;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_insert_task after insert on ${prefix}periodic_task
begin
    insert into ${prefix}beat_change (task_id) values (new.id);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_update_task after update on ${prefix}periodic_task
begin
    insert into ${prefix}beat_change (task_id) values (new.id);
    insert into ${prefix}beat_change (task_id, schedule_id)
    select old.id, id from ${prefix}task_schedule where old.id <> new.id and task_id in (old.id, new.id);
end;
-- +goose StatementEnd

-- Foreign keys are off in the sqlite3 shell, so schedules are deleted here and not by a cascade.
-- +goose StatementBegin
create trigger ${prefix}beat_delete_task before delete on ${prefix}periodic_task
begin
    delete from ${prefix}task_schedule where task_id = old.id;
    insert into ${prefix}beat_change (task_id, deleted) values (old.id, 1);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_insert_schedule after insert on ${prefix}task_schedule
begin
    insert into ${prefix}beat_change (task_id, schedule_id) values (new.task_id, new.id);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_update_schedule after update on ${prefix}task_schedule
begin
    insert into ${prefix}beat_change (task_id, schedule_id) values (new.task_id, new.id);
    insert into ${prefix}beat_change (task_id, schedule_id) select old.task_id, old.id where old.id <> new.id;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_delete_schedule after delete on ${prefix}task_schedule
begin
    insert into ${prefix}beat_change (task_id, schedule_id, deleted) values (old.task_id, old.id, 1);
end;
-- +goose StatementEnd
-- rows end

-- +goose Down
-- rows begin
drop trigger ${prefix}beat_delete_schedule;
drop trigger ${prefix}beat_update_schedule;
drop trigger ${prefix}beat_insert_schedule;
drop trigger ${prefix}beat_delete_task;
drop trigger ${prefix}beat_update_task;
drop trigger ${prefix}beat_insert_task;
drop trigger ${prefix}beat_replace_task;
drop trigger ${prefix}beat_touch_schedule;
drop trigger ${prefix}beat_touch_task;
drop table ${prefix}beat_change;
-- rows end
