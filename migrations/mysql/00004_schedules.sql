-- Columns of schedules beyond what Celery knows: intervals rounded down, the policy for clock changes, excluded dates.

-- +goose Up
alter table ${prefix}task_schedule add column relative boolean not null default false;
alter table ${prefix}task_schedule add column dst varchar(64);
alter table ${prefix}task_schedule add column exclude text;

-- +goose Down
alter table ${prefix}task_schedule drop column exclude;
alter table ${prefix}task_schedule drop column dst;
alter table ${prefix}task_schedule drop column relative;
