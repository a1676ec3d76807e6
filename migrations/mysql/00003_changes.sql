-- The log of changes: every insert, update and delete of a task or a schedule, whoever makes it and however, except
-- TRUNCATE, of which MySQL tells nobody. A log and not one marker row: a marker would make editors wait for each other.
--
-- Numbers are given out before the commit, so a smaller number may become visible after a larger one. Each trigger
-- therefore takes a shared lock on the row of beat_writer before it takes a number. Editors do not wait for each other,
-- and a reader that gets the row exclusively (without waiting) knows that no number is still under way. The oldest
-- row of the log is the floor: versions from before it are too old; hence the first one below.

-- +goose Up
-- rows begin
create table ${prefix}beat_writer (
    id integer not null primary key
) engine = innodb;
insert into ${prefix}beat_writer (id) values (1);

create table ${prefix}beat_change (
    seq         bigint not null auto_increment primary key,
    task_id     bigint,
    schedule_id bigint,
    deleted     boolean not null default false,
    at          datetime(6) not null default (utc_timestamp(6))
) engine = innodb;
insert into ${prefix}beat_change (task_id) values (null);

-- +goose StatementBegin
create trigger ${prefix}beat_touch_task before update on ${prefix}periodic_task for each row
begin
    set new.modified_at = greatest(utc_timestamp(6), old.modified_at + interval 1 microsecond);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_touch_schedule before update on ${prefix}task_schedule for each row
begin
    set new.modified_at = greatest(utc_timestamp(6), old.modified_at + interval 1 microsecond);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_insert_task after insert on ${prefix}periodic_task for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    insert into ${prefix}beat_change (task_id) values (new.id);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_update_task after update on ${prefix}periodic_task for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    insert into ${prefix}beat_change (task_id) values (new.id);
    if old.id <> new.id then
        insert into ${prefix}beat_change (task_id) values (old.id);
    end if;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_delete_task before delete on ${prefix}periodic_task for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    delete from ${prefix}task_schedule where task_id = old.id; -- a cascade would not fire its triggers
    insert into ${prefix}beat_change (task_id, deleted) values (old.id, true);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_insert_schedule after insert on ${prefix}task_schedule for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    insert into ${prefix}beat_change (task_id, schedule_id) values (new.task_id, new.id);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_update_schedule after update on ${prefix}task_schedule for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    insert into ${prefix}beat_change (task_id, schedule_id) values (new.task_id, new.id);
    if old.id <> new.id then
        insert into ${prefix}beat_change (task_id, schedule_id) values (old.task_id, old.id);
    end if;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_delete_schedule after delete on ${prefix}task_schedule for each row
begin
    declare writer integer;
    select id into writer from ${prefix}beat_writer where id = 1 lock in share mode;
    insert into ${prefix}beat_change (task_id, schedule_id, deleted) values (old.task_id, old.id, true);
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
drop trigger ${prefix}beat_touch_schedule;
drop trigger ${prefix}beat_touch_task;
drop table ${prefix}beat_change;
drop table ${prefix}beat_writer;
-- rows end
