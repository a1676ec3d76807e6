package django

import (
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign"
)

// layout are the tables of django-celery-beat, or of its forerunner; their names are fixed.
func layout(forerunner bool) foreign.Layout {
	pkg, app := "django-celery-beat", "django_celery_beat"
	if forerunner {
		pkg, app = "django-celery", "djcelery"
	}
	return foreign.Layout{
		Package:   pkg,
		Cure:      "run: python manage.py migrate " + app,
		Tasks:     app + "_periodictask",
		Marker:    app + "_periodictasks",
		MarkerKey: "ident",
		Longest:   200,
		Schedules: []foreign.ScheduleTable{
			{Kind: schedule.KindInterval, Table: app + "_intervalschedule", Key: "interval_id"},
			{Kind: schedule.KindCrontab, Table: app + "_crontabschedule", Key: "crontab_id"},
			{Kind: schedule.KindSolar, Table: app + "_solarschedule", Key: "solar_id"},
			{Kind: schedule.KindClocked, Table: app + "_clockedschedule", Key: "clocked_id"},
		},
	}
}
