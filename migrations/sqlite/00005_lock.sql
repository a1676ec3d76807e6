-- Whether the holder of a lease had the lock that ends with its process, by which others notice its death.

-- +goose Up
alter table ${prefix}beat_lease add column locked integer not null default 0 check (locked in (0, 1));

-- +goose Down
alter table ${prefix}beat_lease drop column locked;
