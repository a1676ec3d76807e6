package config

import (
	"slices"
	"strings"
)

// SchedulerNative is the value of beat_scheduler for the program's own tables.
const SchedulerNative = "native"

// SchedulerKind is what a value of beat_scheduler asks for: whose tables hold the schedules.
type SchedulerKind string

// Kinds of schedulers.
const (
	KindNative     SchedulerKind = "native"                      // the program's own tables
	KindApp        SchedulerKind = "celery.beat"                 // beat_schedule, kept in the program's own tables
	KindDjango     SchedulerKind = "django_celery_beat"          // its tables, in one schema or several
	KindTenants    SchedulerKind = "tenant_schemas_celery"       // beat_schedule, for the tenants that a table names
	KindDjcelery   SchedulerKind = "djcelery"                    // the tables of the forerunner of django_celery_beat
	KindSQLAlchemy SchedulerKind = "sqlalchemy_celery_beat"      // its tables
	KindCSS        SchedulerKind = "celery_sqlalchemy_scheduler" // its tables
	KindRedBeat    SchedulerKind = "redbeat"                     // keys in Redis
)

// schedulerValue is a value of beat_scheduler, as it stands in the command lines and settings of Celery users. A class
// may be written with a dot in place of the colon.
type schedulerValue struct {
	name string
	kind SchedulerKind
}

func schedulerValues() []schedulerValue {
	return []schedulerValue{
		{SchedulerNative, KindNative},
		{"celery.beat:PersistentScheduler", KindApp},
		{"celery.beat:Scheduler", KindApp},
		{"django", KindDjango},
		{"django_celery_beat.schedulers:DatabaseScheduler", KindDjango},
		{"djcelery.schedulers:DatabaseScheduler", KindDjcelery},
		{"sqlalchemy", KindSQLAlchemy},
		{"sqlalchemy_celery_beat.schedulers:DatabaseScheduler", KindSQLAlchemy},
		{"celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler", KindCSS},
		{"celery_sqlalchemy_scheduler:DatabaseScheduler", KindCSS},
		{"redbeat.RedBeatScheduler", KindRedBeat},
		{"redbeat.schedulers:RedBeatScheduler", KindRedBeat},
		{"tenant_schemas_celery.scheduler:TenantAwareScheduler", KindTenants},
		{"tenant_schemas_celery.scheduler:TenantAwarePersistentScheduler", KindTenants},
		{"tenant_schemas_celery.db_scheduler:TenantAwareDatabaseScheduler", KindDjango},
	}
}

// Kind returns what beat_scheduler asks for; empty when its value is none of those that are known.
func (b *Beat) Kind() SchedulerKind {
	dotted := strings.ReplaceAll(b.Scheduler, ":", ".")
	for _, v := range schedulerValues() {
		if strings.ReplaceAll(v.name, ":", ".") == dotted {
			return v.kind
		}
	}
	return ""
}

// schedulerProblem says why a value of beat_scheduler cannot be served.
func schedulerProblem() string {
	values := schedulerValues()
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.name
	}
	return "is none of " + strings.Join(slices.Compact(names), ", ") + ": custom Python scheduler classes cannot run here"
}
