package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestNamesOfSettings(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"timezone":                     "timezone",
		"CELERY_TIMEZONE":              "timezone",
		"beat.max_loop_interval":       "beat_max_loop_interval",
		"BEAT.Max_Loop_Interval":       "beat_max_loop_interval",
		".timezone":                    "timezone",
		"CELERY_BEAT_SCHEDULE":         "beat_schedule",
		"CELERYBEAT_SCHEDULE":          "beat_schedule",
		"CELERYBEAT_SCHEDULER":         "beat_scheduler",
		"CELERYBEAT_MAX_LOOP_INTERVAL": "beat_max_loop_interval",
		"BROKER_URL":                   "broker_url",
		"BROKER_TRANSPORT_OPTIONS":     "broker_transport_options",
		"CELERY_DEFAULT_QUEUE":         "task_default_queue",
		"CELERY_TASK_DEFAULT_QUEUE":    "task_default_queue",
		"CELERY_ROUTES":                "task_routes",
		"CELERY_QUEUES":                "task_queues",
		"CELERY_MESSAGE_COMPRESSION":   "task_compression",
		"CELERY_TASK_SERIALIZER":       "task_serializer",
		"CELERY_SEND_TASK_SENT_EVENT":  "task_send_sent_event",
		"CELERY_TASK_RESULT_EXPIRES":   "result_expires",
		"CELERY_ENABLE_UTC":            "enable_utc",
		"CELERY_CONTROL_EXCHANGE":      "control_exchange",
		"control.exchange":             "control_exchange",
		"CELERYD_CONCURRENCY":          "worker_concurrency",
		"beat_pidfile":                 "pidfile",
		"beat_logfile":                 "logfile",
		"zzz":                          "zzz",
	} {
		if got := config.Canonical(given); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}

func TestOlderNamesAreRead(t *testing.T) {
	t.Parallel()
	file := write(t, "beat.yaml", "CELERYBEAT_MAX_LOOP_INTERVAL: 7\nCELERY_DEFAULT_QUEUE: old\ntask_default_queue: today\n"+
		"CELERYBEAT_SCHEDULE: {a: {task: b, schedule: 1}}\n")
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"CELERY_CONFIG": file, "BROKER_USE_SSL": "true", "CELERYBEAT_SCHEDULER": "django",
	})})
	if err != nil {
		t.Fatal(err)
	}
	if c.Beat.MaxInterval.Seconds() != 7 || c.Task.Queue != "today" || !c.Beat.Schedule.Given() || c.Broker.TLS == nil ||
		c.Beat.Kind() != config.KindDjango {
		t.Errorf("got %+v, %+v, %+v", c.Beat, c.Task, c.Broker)
	}
}

// A variable of this name is a path for celery beat and unit files, and a map of entries in Django's settings.
func TestVariableOfTheSchedule(t *testing.T) {
	t.Parallel()
	entries := `{"a": {"task": "b", "schedule": 1}}`
	file := write(t, "entries.json", entries)
	for _, name := range []string{"CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"} {
		for value, given := range map[string]bool{"/var/lib/beat/schedule": false, "celerybeat-schedule": false, entries: true, "@" + file: true} {
			c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{name: value})})
			if err != nil {
				t.Fatal(err)
			}
			path := c.Beat.ScheduleFile
			if c.Beat.Schedule.Given() != given || (path == value) == given {
				t.Errorf("%s=%s: entries %s, path %q", name, value, c.Beat.Schedule.JSON(), path)
			}
			if given && string(c.Beat.Schedule.JSON()) != entries {
				t.Errorf("%s=%s: got %s", name, value, c.Beat.Schedule.JSON())
			}
		}
	}
}

func TestSchedulers(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]config.SchedulerKind{
		"native":                          config.KindNative,
		"celery.beat:PersistentScheduler": config.KindApp,
		"celery.beat.PersistentScheduler": config.KindApp,
		"django":                          config.KindDjango,
		"django_celery_beat.schedulers:DatabaseScheduler":          config.KindDjango,
		"django_celery_beat.schedulers.DatabaseScheduler":          config.KindDjango,
		"djcelery.schedulers.DatabaseScheduler":                    config.KindDjcelery,
		"sqlalchemy":                                               config.KindSQLAlchemy,
		"sqlalchemy_celery_beat.schedulers:DatabaseScheduler":      config.KindSQLAlchemy,
		"celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler": config.KindCSS,
		"redbeat.RedBeatScheduler":                                 config.KindRedBeat,
		"redbeat.schedulers:RedBeatScheduler":                      config.KindRedBeat,
		"tenant_schemas_celery.scheduler:TenantAwareScheduler":     config.KindTenants,
	} {
		c, err := config.Load(config.Sources{Flags: map[string]config.Flag{"beat_scheduler": {Name: "-S", Value: value}}})
		if err != nil || c.Beat.Kind() != want {
			t.Errorf("%s: got %q, %v, want %q", value, c.Beat.Kind(), err, want)
		}
	}
}

func TestWhereTheDatabaseIs(t *testing.T) {
	t.Parallel()
	schedule := `{"a": {"task": "b", "schedule": 1}}`
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nothing", nil, "sqlite:///beat.db"},
		{"entries only", map[string]string{"CELERY_BEAT_SCHEDULE": schedule}, "memory://"},
		{"entries and a database", map[string]string{"CELERY_BEAT_SCHEDULE": schedule, "DATABASE_URL": "mysql://h/d"}, "mysql://h/d"},
		{"celery beat's own scheduler", map[string]string{"CELERY_BEAT_SCHEDULER": "celery.beat:PersistentScheduler"}, "memory://"},
		{"entries and the native scheduler", map[string]string{"CELERY_BEAT_SCHEDULE": schedule, "CELERY_BEAT_SCHEDULER": "native"}, "sqlite:///beat.db"},
		{"variables of PostgreSQL", map[string]string{"PGHOST": "db", "CELERY_BEAT_SCHEDULE": schedule}, "postgresql:///"},
		{"variable of Flask", map[string]string{"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg2://h/d"}, "postgresql+psycopg2://h/d"},
	} {
		c, err := config.Load(config.Sources{LookupEnv: env(tt.env)})
		if err != nil || c.Database.URL.Reveal() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.name, c.Database.URL, err, tt.want)
		}
		warned := slices.ContainsFunc(c.Warnings(), func(w string) bool { return strings.Contains(w, "only kept in memory") })
		if warned != (tt.want == "memory://") {
			t.Errorf("%s: warnings %q", tt.name, c.Warnings())
		}
	}
}

func TestExportOfAnApp(t *testing.T) {
	t.Parallel()
	const export = `{"_export": {"app": "proj", "celery": "5.7.0", "omitted": ["broker_url"], "problems": ["beat_schedule: x is left out"]},
		"timezone": "Asia/Tokyo", "task_default_queue": "app", "task_annotations": {"proj.mail": {"queue": "mail", "priority": 3}}}`
	file := write(t, "exported.json", export)
	named := map[string]string{"CELERY_CONFIG": file}
	_, err := config.Load(config.Sources{LookupEnv: env(named)})
	if err == nil || !strings.Contains(err.Error(), "broker_url: \"\" was left out of the export of the app because it holds a password; give it as CELERY_BROKER_URL") {
		t.Errorf("without the broker: %v", err)
	}
	named["CELERY_BROKER_URL"] = "redis://h/0"
	c, err := config.Load(config.Sources{LookupEnv: env(named)})
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.HasSuffix(w[0], "beat_schedule: x is left out") {
		t.Errorf("warnings %q", w)
	}
	if o := c.Message().TaskDefaults["proj.mail"]; o.Queue != "mail" || *o.Priority != 3 {
		t.Errorf("task_annotations: got %+v", o)
	}

	app, err := config.ParseExport([]byte(export))
	if err != nil {
		t.Fatal(err)
	}
	app.From = "app proj"
	other := write(t, "beat.yaml", "task_default_queue: file\n")
	c, err = config.Load(config.Sources{App: app, LookupEnv: env(map[string]string{"CELERY_CONFIG": other, "BROKER_URL": "redis://h/0"})})
	if err != nil || c.Task.Queue != "file" || c.Clock.Timezone != "Asia/Tokyo" || c.Origin("timezone") != "app proj" {
		t.Errorf("file over app: got %q, %q from %q, %v", c.Task.Queue, c.Clock.Timezone, c.Origin("timezone"), err)
	}
}
