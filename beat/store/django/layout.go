package django

import (
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign"
)

// layout are the tables of django-celery-beat; their names are fixed.
func layout() foreign.Layout {
	return foreign.Layout{
		Package:   "django-celery-beat",
		Cure:      "run: python manage.py migrate django_celery_beat",
		Tasks:     "django_celery_beat_periodictask",
		Marker:    "django_celery_beat_periodictasks",
		MarkerKey: "ident",
		Longest:   200,
		Schedules: []foreign.ScheduleTable{
			{Kind: schedule.KindInterval, Table: "django_celery_beat_intervalschedule", Key: "interval_id"},
			{Kind: schedule.KindCrontab, Table: "django_celery_beat_crontabschedule", Key: "crontab_id"},
			{Kind: schedule.KindSolar, Table: "django_celery_beat_solarschedule", Key: "solar_id"},
			{Kind: schedule.KindClocked, Table: "django_celery_beat_clockedschedule", Key: "clocked_id"},
		},
	}
}
