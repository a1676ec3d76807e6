-- Who keeps rows of another scheduler's tables in line, which have no column for it: beat_schedule for rows that come
-- from the settings. A mark counts as long as the row has the name that it had then: keys may be given out again.

-- +goose Up
-- beside begin
create table ${prefix}beat_owner (
    task_id bigint primary key,
    name    text not null,
    owner   text not null
);
-- beside end

-- +goose Down
-- beside begin
drop table ${prefix}beat_owner;
-- beside end
