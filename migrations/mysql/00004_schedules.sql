-- Columns of schedules beyond what Celery knows: intervals rounded down, the policy for clock changes, excluded dates.

-- +goose Up
-- rows begin
alter table ${prefix}task_schedule add column relative boolean not null default false;
alter table ${prefix}task_schedule add column dst varchar(64);
alter table ${prefix}task_schedule add column exclude text;
-- rows end

-- +goose Down
-- rows begin
alter table ${prefix}task_schedule drop column exclude;
alter table ${prefix}task_schedule drop column dst;
alter table ${prefix}task_schedule drop column relative;
-- rows end
