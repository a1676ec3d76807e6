-- Whether the holder of a lease had the lock that ends with its process, by which others notice its death.

-- +goose Up
alter table ${prefix}beat_lease add column locked boolean not null default false;

-- +goose Down
alter table ${prefix}beat_lease drop column locked;
