package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// parsed returns the settings that a command line of the scheduler means.
func parsed(t *testing.T, line string, env map[string]string) config.Config {
	t.Helper()
	words := strings.Fields(line)
	var errs bytes.Buffer
	a := &App{Out: &errs, Err: &errs, flags: map[string]config.Flag{}, LookupEnv: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}}
	name, args := invocation(words[0], words[1:])
	root := newRootCommand(a)
	if name == asCelery {
		root = newCeleryCommand(a)
		if err := ofCelery(args, allFlags(root)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	cmd, rest, err := root.Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if cmd.Name() != "run" && cmd != root {
		t.Fatalf("%s: is the command %s", line, cmd.Name())
	}
	cfg, err := a.Config()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return cfg
}

// The command lines that are found in the wild, by the place in which they stand. In each of them only the word celery
// is replaced; with the program under the name celery not even that.
func TestLaunchLines(t *testing.T) {
	t.Parallel()
	const django = "django_celery_beat.schedulers:DatabaseScheduler"
	for _, tt := range []struct {
		place, line string
		env         map[string]string
		want        string // the settings that are not at their default, apart from app
	}{
		{"Procfile", "celery -A config beat --loglevel=info --scheduler " + django, nil, "beat_scheduler=" + django + " loglevel=info"},
		{"Procfile, flags in another order", "celery beat --scheduler " + django + " -l info --app=config", nil, "beat_scheduler=" + django + " loglevel=info"},
		{"Procfile, class with a dot", "celery -A config beat -S django_celery_beat.schedulers.DatabaseScheduler", nil, "beat_scheduler=django_celery_beat.schedulers.DatabaseScheduler"},
		{"compose", "celery -A config beat -l info -S django", nil, "beat_scheduler=django loglevel=info"},
		{"start script", "celery -A config beat -l INFO", nil, "loglevel=info"},
		{"start script with its pidfile switched off", "celery -A config beat -l INFO --pidfile=", nil, "loglevel=info pidfile="},
		{"Celery 4, app after beat", "celery beat -A config -l info", nil, "loglevel=info"},
		{"Celery 3", "celerybeat --app=config --loglevel=INFO --schedule=/var/run/celerybeat-schedule", nil, "beat_schedule_filename=/var/run/celerybeat-schedule loglevel=info"},
		{"Kubernetes", "celery -A config beat --loglevel=info", nil, "loglevel=info"},
		{
			"Superset", "celery --app=config beat --pidfile /tmp/celerybeat.pid --schedule /tmp/celerybeat-schedule", nil,
			"beat_schedule_filename=/tmp/celerybeat-schedule pidfile=/tmp/celerybeat.pid",
		},
		{
			"supervisord", "celery -A config beat --schedule /var/lib/celery/beat.db --loglevel=INFO", nil,
			"beat_schedule_filename=/var/lib/celery/beat.db loglevel=info",
		},
		{
			"supervisord in a container", "celery -A config beat --pidfile= --schedule=/tmp/celerybeat-schedule", nil,
			"beat_schedule_filename=/tmp/celerybeat-schedule pidfile=",
		},
		{
			"systemd", "celery -A config beat --pidfile=/run/celery/beat.pid --logfile=/var/log/celery/beat.log --loglevel=INFO",
			map[string]string{"CELERY_APP": "config", "CELERY_BIN": "/usr/bin/celery", "CELERYBEAT_PID_FILE": "/run/celery/beat.pid", "CELERYD_LOG_LEVEL": "INFO"},
			"logfile=/var/log/celery/beat.log loglevel=info pidfile=/run/celery/beat.pid",
		},
		{
			"init.d", "celery --app=config beat --detach --pidfile=/run/beat.pid --logfile=/var/log/beat.log --loglevel=INFO --schedule=/var/run/celerybeat-schedule --workdir=/srv --uid=celery --gid=celery --umask=022",
			map[string]string{"CELERYBEAT_CHDIR": "/srv", "CELERYBEAT_OPTS": "--schedule=/var/run/celerybeat-schedule", "CELERY_CREATE_DIRS": "1"},
			"beat_schedule_filename=/var/run/celerybeat-schedule detach=true gid=celery logfile=/var/log/beat.log loglevel=info pidfile=/run/beat.pid uid=celery umask=022 workdir=/srv",
		},
		{
			"Flask with SQLAlchemy", "celery -A config beat -S sqlalchemy_celery_beat.schedulers:DatabaseScheduler -l info", nil,
			"beat_scheduler=sqlalchemy_celery_beat.schedulers:DatabaseScheduler loglevel=info",
		},
		{
			"the older one for SQLAlchemy", "celery -A config beat --scheduler celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler", nil,
			"beat_scheduler=celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler",
		},
		{"RedBeat", "celery -A config beat -S redbeat.RedBeatScheduler --max-interval 5", nil, "beat_max_loop_interval=5s beat_scheduler=redbeat.RedBeatScheduler"},
		{
			"tenants", "celery -A config beat -S tenant_schemas_celery.db_scheduler:TenantAwareDatabaseScheduler",
			map[string]string{"BEAT_DATABASE_SCHEMAS": "public,shop", "DATABASE_URL": "postgresql://h/n"},
			"beat_scheduler=tenant_schemas_celery.db_scheduler:TenantAwareDatabaseScheduler database_schemas=public,shop database_url=postgresql://h/n",
		},
		{
			"everything by variables", "celery beat",
			map[string]string{
				"CELERY_APP": "config", "CELERY_BROKER_URL": "redis://h/0", "CELERY_BEAT_SCHEDULER": "django", "CELERY_BEAT_LOGLEVEL": "INFO",
				"CELERY_BEAT_SCHEDULE": "/tmp/x", "CELERY_BEAT_MAX_INTERVAL": "5",
			},
			"beat_max_loop_interval=5s beat_schedule_filename=/tmp/x beat_scheduler=django broker_url=redis://h/0 loglevel=info",
		},
		{"settings after --", "celery -A config beat -l info -- beat.max_loop_interval=9 broker.url=redis://h/0", nil, "beat_max_loop_interval=9s broker_url=redis://h/0 loglevel=info"},
		{"Celery 5.7", "celery -A config beat --enable-remote-control -n beat@%h", nil, "beat_enable_remote_control=true hostname=beat@%h"},
	} {
		t.Run(tt.place, func(t *testing.T) {
			t.Parallel()
			rest, _ := strings.CutPrefix(tt.line, "celery ")
			lines := []string{tt.line}
			if rest != tt.line {
				lines = append(lines, "beat "+rest, "beat celery "+rest, "/usr/local/bin/celery "+rest)
			}
			for _, line := range lines {
				cfg := parsed(t, line, tt.env)
				var got []string
				for _, s := range cfg.Settings() {
					if s.Source != config.FromDefault && s.Name != "app" {
						got = append(got, fmt.Sprintf("%s=%v", s.Name, s.Value))
					}
				}
				if diff := cmp.Diff(sorted(tt.want), sorted(strings.Join(got, " "))); diff != "" || cfg.App != "config" {
					t.Errorf("%s: app %q, settings (-want +got):\n%s", line, cfg.App, diff)
				}
			}
		})
	}
}

func sorted(line string) []string {
	words := strings.Fields(line)
	slices.Sort(words)
	return words
}
