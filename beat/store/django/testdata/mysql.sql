-- migration 0001_initial
CREATE TABLE `django_celery_beat_crontabschedule` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, `minute` varchar(64) NOT NULL, `hour` varchar(64) NOT NULL, `day_of_week` varchar(64) NOT NULL, `day_of_month` varchar(64) NOT NULL, `month_of_year` varchar(64) NOT NULL);
CREATE TABLE `django_celery_beat_intervalschedule` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, `every` integer NOT NULL, `period` varchar(24) NOT NULL);
CREATE TABLE `django_celery_beat_periodictask` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, `name` varchar(200) NOT NULL UNIQUE, `task` varchar(200) NOT NULL, `args` longtext NOT NULL, `kwargs` longtext NOT NULL, `queue` varchar(200) NULL, `exchange` varchar(200) NULL, `routing_key` varchar(200) NULL, `expires` datetime(6) NULL, `enabled` bool NOT NULL, `last_run_at` datetime(6) NULL, `total_run_count` integer UNSIGNED NOT NULL CHECK (`total_run_count` >= 0), `date_changed` datetime(6) NOT NULL, `description` longtext NOT NULL, `crontab_id` integer NULL, `interval_id` integer NULL);
CREATE TABLE `django_celery_beat_periodictasks` (`ident` smallint NOT NULL PRIMARY KEY, `last_update` datetime(6) NOT NULL);
ALTER TABLE `django_celery_beat_periodictask` ADD CONSTRAINT `django_celery_beat_p_crontab_id_d3cba168_fk_django_ce` FOREIGN KEY (`crontab_id`) REFERENCES `django_celery_beat_crontabschedule` (`id`);
ALTER TABLE `django_celery_beat_periodictask` ADD CONSTRAINT `django_celery_beat_p_interval_id_a8ca27da_fk_django_ce` FOREIGN KEY (`interval_id`) REFERENCES `django_celery_beat_intervalschedule` (`id`);
-- migration 0002_auto_20161118_0346
CREATE TABLE `django_celery_beat_solarschedule` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, `event` varchar(24) NOT NULL, `latitude` numeric(9, 6) NOT NULL, `longitude` numeric(9, 6) NOT NULL);
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `solar_id` integer NULL , ADD CONSTRAINT `django_celery_beat_p_solar_id_a87ce72c_fk_django_ce` FOREIGN KEY (`solar_id`) REFERENCES `django_celery_beat_solarschedule`(`id`);
-- migration 0003_auto_20161209_0049
ALTER TABLE `django_celery_beat_solarschedule` ADD CONSTRAINT `django_celery_beat_solar_event_latitude_longitude_ba64999a_uniq` UNIQUE (`event`, `latitude`, `longitude`);
-- migration 0004_auto_20170221_0000
-- migration 0005_add_solarschedule_events_choices
-- migration 0006_auto_20180322_0932
ALTER TABLE `django_celery_beat_crontabschedule` ADD COLUMN `timezone` varchar(63) DEFAULT 'UTC' NOT NULL;
ALTER TABLE `django_celery_beat_crontabschedule` ALTER COLUMN `timezone` DROP DEFAULT;
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `day_of_month` varchar(124) NOT NULL;
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `hour` varchar(96) NOT NULL;
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `minute` varchar(240) NOT NULL;
-- migration 0007_auto_20180521_0826
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `one_off` bool DEFAULT 0 NOT NULL;
ALTER TABLE `django_celery_beat_periodictask` ALTER COLUMN `one_off` DROP DEFAULT;
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `start_time` datetime(6) NULL;
-- migration 0008_auto_20180914_1922
-- migration 0006_auto_20180210_1226
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `day_of_month` varchar(124) NOT NULL;
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `hour` varchar(96) NOT NULL;
ALTER TABLE `django_celery_beat_crontabschedule` MODIFY `minute` varchar(240) NOT NULL;
-- migration 0006_periodictask_priority
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `priority` integer UNSIGNED NULL CHECK (`priority` >= 0);
-- migration 0009_periodictask_headers
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `headers` longtext DEFAULT '{}' NOT NULL;
ALTER TABLE `django_celery_beat_periodictask` ALTER COLUMN `headers` DROP DEFAULT;
-- migration 0010_auto_20190429_0326
-- migration 0011_auto_20190508_0153
CREATE TABLE `django_celery_beat_clockedschedule` (`id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY, `clocked_time` datetime(6) NOT NULL, `enabled` bool NOT NULL);
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `clocked_id` integer NULL , ADD CONSTRAINT `django_celery_beat_p_clocked_id_47a69f82_fk_django_ce` FOREIGN KEY (`clocked_id`) REFERENCES `django_celery_beat_clockedschedule`(`id`);
-- migration 0012_periodictask_expire_seconds
ALTER TABLE `django_celery_beat_periodictask` ADD COLUMN `expire_seconds` integer UNSIGNED NULL CHECK (`expire_seconds` >= 0);
-- migration 0013_auto_20200609_0727
-- migration 0014_remove_clockedschedule_enabled
ALTER TABLE `django_celery_beat_clockedschedule` DROP COLUMN `enabled`;
-- migration 0015_edit_solarschedule_events_choices
-- migration 0016_alter_crontabschedule_timezone
-- migration 0017_alter_crontabschedule_month_of_year
-- migration 0018_improve_crontab_helptext
-- migration 0019_alter_periodictasks_options
