package sqlalchemy

import (
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign"
)

// Package is a Python package by the name that it has among packages. The zero value is CeleryBeat.
type Package string

// The packages whose tables there is a store for.
const (
	CeleryBeat      Package = "sqlalchemy-celery-beat"      // 0.5 and newer; older ones have the tables of CeleryScheduler
	CeleryScheduler Package = "celery-sqlalchemy-scheduler" // every version
)

// Prefix stands before the names of the state tables. Each package has its own, for both may be in one database.
func (p Package) Prefix() string {
	if p == CeleryScheduler {
		return "celery_sqlalchemy_"
	}
	return "sqlalchemy_"
}

// layout are the tables of the package; their names are fixed.
func (p Package) layout() foreign.Layout {
	const cure = "its scheduler makes its tables when it starts; start celery beat with it once"
	if p == CeleryScheduler {
		return foreign.Layout{
			Package:   string(CeleryScheduler),
			Cure:      cure,
			Tasks:     "celery_periodic_task",
			Marker:    "celery_periodic_task_changed",
			MarkerKey: "id",
			Longest:   255,
			Schedules: []foreign.ScheduleTable{
				{Kind: schedule.KindInterval, Table: "celery_interval_schedule", Key: "interval_id"},
				{Kind: schedule.KindCrontab, Table: "celery_crontab_schedule", Key: "crontab_id"},
				{Kind: schedule.KindSolar, Table: "celery_solar_schedule", Key: "solar_id"},
			},
		}
	}
	const key = "schedule_id"
	return foreign.Layout{
		Package:   string(CeleryBeat),
		Cure:      cure,
		Tasks:     "celery_periodictask",
		Marker:    "celery_periodictaskchanged",
		MarkerKey: "id",
		Longest:   255,
		Schedules: []foreign.ScheduleTable{
			{Kind: schedule.KindInterval, Table: "celery_intervalschedule", Key: key, Type: "intervalschedule"},
			{Kind: schedule.KindCrontab, Table: "celery_crontabschedule", Key: key, Type: "crontabschedule"},
			{Kind: schedule.KindSolar, Table: "celery_solarschedule", Key: key, Type: "solarschedule"},
			{Kind: schedule.KindClocked, Table: "celery_clockedschedule", Key: key, Type: "clockedschedule"},
		},
	}
}
