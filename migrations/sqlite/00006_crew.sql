-- How often a lease was renewed, by which its holder notices that the database has lost commits; and who is there: each
-- beat with how many shards it knows and holds, whether it reaches the broker, and when it last gave a lease up because
-- it did not.

-- +goose Up
alter table ${prefix}beat_lease add column renewals integer not null default 0;

create table ${prefix}beat_member (
    namespace  text not null,
    holder     text not null,
    name       text,
    shards     integer not null,
    held       integer not null,
    broker     integer not null,
    ceded_at   integer,
    expires_at integer not null,
    primary key (namespace, holder)
) strict;

-- +goose Down
drop table ${prefix}beat_member;
alter table ${prefix}beat_lease drop column renewals;
