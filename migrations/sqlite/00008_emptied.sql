-- Namespaces that have had a task which is gone: deleted or moved to another namespace. Noted when it goes and not when it
-- comes, so that inserts cost what they did.

-- +goose Up
-- rows begin
create table ${prefix}beat_emptied (
    id        integer primary key,
    namespace text not null unique
) strict;

-- +goose StatementBegin
create trigger ${prefix}beat_emptied_delete after delete on ${prefix}periodic_task
begin
    insert into ${prefix}beat_emptied (namespace) select old.namespace
    where not exists (select 1 from ${prefix}beat_emptied where namespace = old.namespace);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_emptied_move after update of namespace on ${prefix}periodic_task
when old.namespace <> new.namespace
begin
    insert into ${prefix}beat_emptied (namespace) select old.namespace
    where not exists (select 1 from ${prefix}beat_emptied where namespace = old.namespace);
end;
-- +goose StatementEnd
-- rows end

-- +goose Down
-- rows begin
drop trigger ${prefix}beat_emptied_move;
drop trigger ${prefix}beat_emptied_delete;
drop table ${prefix}beat_emptied;
-- rows end
