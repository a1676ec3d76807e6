-- Namespaces that have had a task which is gone: deleted or moved to another namespace. Noted when it goes and not when it
-- comes, so that inserts cost what they did. Each one is noted: a unique key, and a look at what is there, which takes a
-- lock in a trigger, would make editors wait for each other. The leader leaves one row of each namespace.

-- +goose Up
-- rows begin
create table ${prefix}beat_emptied (
    id        bigint not null auto_increment primary key,
    namespace varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
    key ${prefix}beat_emptied_namespace (namespace)
) engine = innodb;

-- +goose StatementBegin
create trigger ${prefix}beat_emptied_delete after delete on ${prefix}periodic_task for each row
begin
    insert into ${prefix}beat_emptied (namespace) values (old.namespace);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ${prefix}beat_emptied_move after update on ${prefix}periodic_task for each row
begin
    if old.namespace <> new.namespace then
        insert into ${prefix}beat_emptied (namespace) values (old.namespace);
    end if;
end;
-- +goose StatementEnd
-- rows end

-- +goose Down
-- rows begin
drop trigger ${prefix}beat_emptied_move;
drop trigger ${prefix}beat_emptied_delete;
drop table ${prefix}beat_emptied;
-- rows end
