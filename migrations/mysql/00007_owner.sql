-- Who keeps a row in line: beat_schedule for rows that come from the settings, empty for rows that people edit.

-- +goose Up
-- rows begin
alter table ${prefix}periodic_task add column owner varchar(64);
-- rows end

-- +goose Down
-- rows begin
alter table ${prefix}periodic_task drop column owner;
-- rows end
