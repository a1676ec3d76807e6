-- migration 0001_initial
CREATE TABLE "django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "minute" varchar(64) NOT NULL, "hour" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(64) NOT NULL, "month_of_year" varchar(64) NOT NULL);
CREATE TABLE "django_celery_beat_intervalschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "every" integer NOT NULL, "period" varchar(24) NOT NULL);
CREATE TABLE "django_celery_beat_periodictask" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(200) NOT NULL UNIQUE, "task" varchar(200) NOT NULL, "args" text NOT NULL, "kwargs" text NOT NULL, "queue" varchar(200) NULL, "exchange" varchar(200) NULL, "routing_key" varchar(200) NULL, "expires" datetime NULL, "enabled" bool NOT NULL, "last_run_at" datetime NULL, "total_run_count" integer unsigned NOT NULL CHECK ("total_run_count" >= 0), "date_changed" datetime NOT NULL, "description" text NOT NULL, "crontab_id" integer NULL REFERENCES "django_celery_beat_crontabschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "interval_id" integer NULL REFERENCES "django_celery_beat_intervalschedule" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "django_celery_beat_periodictasks" ("ident" smallint NOT NULL PRIMARY KEY, "last_update" datetime NOT NULL);
CREATE INDEX "django_celery_beat_periodictask_crontab_id_d3cba168" ON "django_celery_beat_periodictask" ("crontab_id");
CREATE INDEX "django_celery_beat_periodictask_interval_id_a8ca27da" ON "django_celery_beat_periodictask" ("interval_id");
-- migration 0002_auto_20161118_0346
CREATE TABLE "django_celery_beat_solarschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "event" varchar(24) NOT NULL, "latitude" decimal NOT NULL, "longitude" decimal NOT NULL);
ALTER TABLE "django_celery_beat_periodictask" ADD COLUMN "solar_id" integer NULL REFERENCES "django_celery_beat_solarschedule" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "django_celery_beat_periodictask_solar_id_a87ce72c" ON "django_celery_beat_periodictask" ("solar_id");
-- migration 0003_auto_20161209_0049
CREATE UNIQUE INDEX "django_celery_beat_solarschedule_event_latitude_longitude_ba64999a_uniq" ON "django_celery_beat_solarschedule" ("event", "latitude", "longitude");
-- migration 0004_auto_20170221_0000
-- migration 0005_add_solarschedule_events_choices
-- migration 0006_auto_20180322_0932
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "timezone" varchar(63) NOT NULL, "minute" varchar(64) NOT NULL, "hour" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(64) NOT NULL, "month_of_year" varchar(64) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone") SELECT "id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", 'UTC' FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "minute" varchar(64) NOT NULL, "hour" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "month_of_year" varchar(64) NOT NULL, "timezone" varchar(63) NOT NULL, "day_of_month" varchar(124) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "hour", "day_of_week", "month_of_year", "timezone", "day_of_month") SELECT "id", "minute", "hour", "day_of_week", "month_of_year", "timezone", "day_of_month" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "minute" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL, "timezone" varchar(63) NOT NULL, "hour" varchar(96) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "day_of_week", "day_of_month", "month_of_year", "timezone", "hour") SELECT "id", "minute", "day_of_week", "day_of_month", "month_of_year", "timezone", "hour" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "hour" varchar(96) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL, "timezone" varchar(63) NOT NULL, "minute" varchar(240) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone", "minute") SELECT "id", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone", "minute" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
-- migration 0007_auto_20180521_0826
CREATE TABLE "new__django_celery_beat_periodictask" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "one_off" bool NOT NULL, "name" varchar(200) NOT NULL UNIQUE, "task" varchar(200) NOT NULL, "args" text NOT NULL, "kwargs" text NOT NULL, "queue" varchar(200) NULL, "exchange" varchar(200) NULL, "routing_key" varchar(200) NULL, "expires" datetime NULL, "enabled" bool NOT NULL, "last_run_at" datetime NULL, "total_run_count" integer unsigned NOT NULL CHECK ("total_run_count" >= 0), "date_changed" datetime NOT NULL, "description" text NOT NULL, "crontab_id" integer NULL REFERENCES "django_celery_beat_crontabschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "interval_id" integer NULL REFERENCES "django_celery_beat_intervalschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "solar_id" integer NULL REFERENCES "django_celery_beat_solarschedule" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "new__django_celery_beat_periodictask" ("id", "name", "task", "args", "kwargs", "queue", "exchange", "routing_key", "expires", "enabled", "last_run_at", "total_run_count", "date_changed", "description", "crontab_id", "interval_id", "solar_id", "one_off") SELECT "id", "name", "task", "args", "kwargs", "queue", "exchange", "routing_key", "expires", "enabled", "last_run_at", "total_run_count", "date_changed", "description", "crontab_id", "interval_id", "solar_id", 0 FROM "django_celery_beat_periodictask";
DROP TABLE "django_celery_beat_periodictask";
ALTER TABLE "new__django_celery_beat_periodictask" RENAME TO "django_celery_beat_periodictask";
CREATE INDEX "django_celery_beat_periodictask_crontab_id_d3cba168" ON "django_celery_beat_periodictask" ("crontab_id");
CREATE INDEX "django_celery_beat_periodictask_interval_id_a8ca27da" ON "django_celery_beat_periodictask" ("interval_id");
CREATE INDEX "django_celery_beat_periodictask_solar_id_a87ce72c" ON "django_celery_beat_periodictask" ("solar_id");
ALTER TABLE "django_celery_beat_periodictask" ADD COLUMN "start_time" datetime NULL;
-- migration 0008_auto_20180914_1922
-- migration 0006_auto_20180210_1226
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "day_of_month" varchar(124) NOT NULL, "minute" varchar(64) NOT NULL, "hour" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "month_of_year" varchar(64) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "hour", "day_of_week", "month_of_year", "day_of_month") SELECT "id", "minute", "hour", "day_of_week", "month_of_year", "day_of_month" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "minute" varchar(64) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL, "hour" varchar(96) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "day_of_week", "day_of_month", "month_of_year", "hour") SELECT "id", "minute", "day_of_week", "day_of_month", "month_of_year", "hour" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "hour" varchar(96) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL, "minute" varchar(240) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "hour", "day_of_week", "day_of_month", "month_of_year", "minute") SELECT "id", "hour", "day_of_week", "day_of_month", "month_of_year", "minute" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
-- migration 0006_periodictask_priority
ALTER TABLE "django_celery_beat_periodictask" ADD COLUMN "priority" integer unsigned NULL CHECK ("priority" >= 0);
-- migration 0009_periodictask_headers
CREATE TABLE "new__django_celery_beat_periodictask" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "headers" text NOT NULL, "name" varchar(200) NOT NULL UNIQUE, "task" varchar(200) NOT NULL, "args" text NOT NULL, "kwargs" text NOT NULL, "queue" varchar(200) NULL, "exchange" varchar(200) NULL, "routing_key" varchar(200) NULL, "expires" datetime NULL, "enabled" bool NOT NULL, "last_run_at" datetime NULL, "total_run_count" integer unsigned NOT NULL CHECK ("total_run_count" >= 0), "date_changed" datetime NOT NULL, "description" text NOT NULL, "crontab_id" integer NULL REFERENCES "django_celery_beat_crontabschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "interval_id" integer NULL REFERENCES "django_celery_beat_intervalschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "solar_id" integer NULL REFERENCES "django_celery_beat_solarschedule" ("id") DEFERRABLE INITIALLY DEFERRED, "one_off" bool NOT NULL, "start_time" datetime NULL, "priority" integer unsigned NULL CHECK ("priority" >= 0));
INSERT INTO "new__django_celery_beat_periodictask" ("id", "name", "task", "args", "kwargs", "queue", "exchange", "routing_key", "expires", "enabled", "last_run_at", "total_run_count", "date_changed", "description", "crontab_id", "interval_id", "solar_id", "one_off", "start_time", "priority", "headers") SELECT "id", "name", "task", "args", "kwargs", "queue", "exchange", "routing_key", "expires", "enabled", "last_run_at", "total_run_count", "date_changed", "description", "crontab_id", "interval_id", "solar_id", "one_off", "start_time", "priority", '{}' FROM "django_celery_beat_periodictask";
DROP TABLE "django_celery_beat_periodictask";
ALTER TABLE "new__django_celery_beat_periodictask" RENAME TO "django_celery_beat_periodictask";
CREATE INDEX "django_celery_beat_periodictask_crontab_id_d3cba168" ON "django_celery_beat_periodictask" ("crontab_id");
CREATE INDEX "django_celery_beat_periodictask_interval_id_a8ca27da" ON "django_celery_beat_periodictask" ("interval_id");
CREATE INDEX "django_celery_beat_periodictask_solar_id_a87ce72c" ON "django_celery_beat_periodictask" ("solar_id");
-- migration 0010_auto_20190429_0326
-- migration 0011_auto_20190508_0153
CREATE TABLE "django_celery_beat_clockedschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "clocked_time" datetime NOT NULL, "enabled" bool NOT NULL);
ALTER TABLE "django_celery_beat_periodictask" ADD COLUMN "clocked_id" integer NULL REFERENCES "django_celery_beat_clockedschedule" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "django_celery_beat_periodictask_clocked_id_47a69f82" ON "django_celery_beat_periodictask" ("clocked_id");
-- migration 0012_periodictask_expire_seconds
ALTER TABLE "django_celery_beat_periodictask" ADD COLUMN "expire_seconds" integer unsigned NULL CHECK ("expire_seconds" >= 0);
-- migration 0013_auto_20200609_0727
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "timezone" varchar(63) NOT NULL, "minute" varchar(240) NOT NULL, "hour" varchar(96) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone") SELECT "id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
-- migration 0014_remove_clockedschedule_enabled
ALTER TABLE "django_celery_beat_clockedschedule" DROP COLUMN "enabled";
-- migration 0015_edit_solarschedule_events_choices
-- migration 0016_alter_crontabschedule_timezone
CREATE TABLE "new__django_celery_beat_crontabschedule" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "timezone" varchar(63) NOT NULL, "minute" varchar(240) NOT NULL, "hour" varchar(96) NOT NULL, "day_of_week" varchar(64) NOT NULL, "day_of_month" varchar(124) NOT NULL, "month_of_year" varchar(64) NOT NULL);
INSERT INTO "new__django_celery_beat_crontabschedule" ("id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone") SELECT "id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone" FROM "django_celery_beat_crontabschedule";
DROP TABLE "django_celery_beat_crontabschedule";
ALTER TABLE "new__django_celery_beat_crontabschedule" RENAME TO "django_celery_beat_crontabschedule";
-- migration 0017_alter_crontabschedule_month_of_year
-- migration 0018_improve_crontab_helptext
-- migration 0019_alter_periodictasks_options
