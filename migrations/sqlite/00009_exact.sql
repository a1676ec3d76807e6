-- "or replace" removes a task that has the id of the new one without firing triggers for delete, and the new one may be of
-- another namespace. What is replaced is noted before, also where the statement then does nothing: a namespace with a
-- task has had one.

-- +goose Up
-- rows begin
-- +goose StatementBegin
create trigger ${prefix}beat_emptied_insert before insert on ${prefix}periodic_task
begin
    insert into ${prefix}beat_emptied (namespace) select p.namespace from ${prefix}periodic_task p
    where p.id = new.id and p.namespace <> new.namespace
        and not exists (select 1 from ${prefix}beat_emptied e where e.namespace = p.namespace);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_emptied_renumber before update of id on ${prefix}periodic_task when old.id <> new.id
begin
    insert into ${prefix}beat_emptied (namespace) select p.namespace from ${prefix}periodic_task p
    where p.id = new.id and p.namespace <> new.namespace
        and not exists (select 1 from ${prefix}beat_emptied e where e.namespace = p.namespace);
end;
-- +goose StatementEnd
-- rows end

-- +goose Down
-- rows begin
drop trigger ${prefix}beat_emptied_renumber;
drop trigger ${prefix}beat_emptied_insert;
-- rows end
