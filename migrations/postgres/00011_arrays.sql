-- The runs of a batch are written once and read seldom: compressing them costs more of the processor than they take room
-- for the minute that they are kept.

-- +goose Up
alter table ${prefix}beat_batch
    alter column schedule_ids set storage external,
    alter column instants set storage external;

-- +goose Down
alter table ${prefix}beat_batch
    alter column schedule_ids set storage extended,
    alter column instants set storage extended;
