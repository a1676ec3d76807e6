-- How often a lease was renewed, by which its holder notices that the database has lost commits; and who is there: each
-- beat with how many shards it knows and holds, whether it reaches the broker, and when it last gave a lease up because
-- it did not.

-- +goose Up
alter table ${prefix}beat_lease add column renewals bigint not null default 0;

create table ${prefix}beat_member (
    namespace  text collate "C" not null,
    holder     uuid not null,
    name       text,
    shards     integer not null,
    held       integer not null,
    broker     boolean not null,
    ceded_at   timestamptz,
    expires_at timestamptz not null,
    primary key (namespace, holder)
);

-- +goose Down
drop table ${prefix}beat_member;
alter table ${prefix}beat_lease drop column renewals;
