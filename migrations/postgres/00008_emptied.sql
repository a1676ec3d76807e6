-- Namespaces that have had a task which is gone: deleted, truncated or moved to another namespace. Noted when it goes and
-- not when it comes, so that inserts cost what they did. The column is not unique, since editors would then wait for each
-- other. A namespace may stand there more than once when several were first at once; the leader leaves one row of it.

-- +goose Up
-- rows begin
-- As in 00003: the functions run as the owner of the tables, and keep a search path that names the schema.
select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

create table ${prefix}beat_emptied (
    id        bigint generated always as identity primary key,
    namespace text collate "C" not null
);
create index ${prefix}beat_emptied_namespace on ${prefix}beat_emptied (namespace);

-- +goose StatementBegin
create function ${prefix}beat_emptied_delete() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into ${prefix}beat_emptied (namespace) select distinct namespace from ${prefix}periodic_task;
    else
        insert into ${prefix}beat_emptied (namespace)
        select distinct namespace from old_rows o
        where not exists (select 1 from ${prefix}beat_emptied e where e.namespace = o.namespace);
    end if;
    return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ${prefix}beat_emptied_move() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    insert into ${prefix}beat_emptied (namespace) select old.namespace
    where not exists (select 1 from ${prefix}beat_emptied e where e.namespace = old.namespace);
    return null;
end $$;
-- +goose StatementEnd

create trigger beat_emptied_delete after delete on ${prefix}periodic_task
    referencing old table as old_rows for each statement execute function ${prefix}beat_emptied_delete();
create trigger beat_emptied_truncate before truncate on ${prefix}periodic_task
    for each statement execute function ${prefix}beat_emptied_delete();
create trigger beat_emptied_move after update on ${prefix}periodic_task
    for each row when (old.namespace <> new.namespace) execute function ${prefix}beat_emptied_move();
-- rows end

-- +goose Down
-- rows begin
drop trigger beat_emptied_move on ${prefix}periodic_task;
drop trigger beat_emptied_truncate on ${prefix}periodic_task;
drop trigger beat_emptied_delete on ${prefix}periodic_task;
drop function ${prefix}beat_emptied_move();
drop function ${prefix}beat_emptied_delete();
drop table ${prefix}beat_emptied;
-- rows end
