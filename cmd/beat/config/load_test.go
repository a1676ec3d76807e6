package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// env returns a LookupEnv over a map.
func env(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// write puts a file into a temporary directory and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "beat.yaml", "broker_url: redis://file/1\npoll_interval: 3\ntimezone: Europe/Berlin\n")
	secret := write(t, "url", "redis://secret/5\n")
	flag := map[string]config.Flag{"broker_url": {Name: "--broker", Value: "redis://flag/9"}}
	tests := []struct {
		name    string
		sources config.Sources
		setting string
		want    string
		from    string
	}{
		{"default", config.Sources{}, "broker_url", "amqp://guest:**@localhost:5672//", "default"},
		{
			"file over default",
			config.Sources{LookupEnv: env(map[string]string{"BEAT_CONFIG": file})},
			"broker_url", "redis://file/1", "file " + file,
		},
		{
			"environment over file",
			config.Sources{LookupEnv: env(map[string]string{"BEAT_CONFIG": file, "CELERY_BROKER_URL": "redis://env/2"})},
			"broker_url", "redis://env/2", "environment CELERY_BROKER_URL",
		},
		{
			"own variable over Celery's",
			config.Sources{LookupEnv: env(map[string]string{
				"BEAT_BROKER_URL": "redis://own/3", "CELERY_BROKER_URL": "redis://env/2", "BROKER_URL": "redis://old/4",
			})},
			"broker_url", "redis://own/3", "environment BEAT_BROKER_URL",
		},
		{
			"Celery's setting over its flag's variable",
			config.Sources{LookupEnv: env(map[string]string{"CELERY_BROKER": "redis://f/2", "CELERY_BROKER_URL": "redis://s/2"})},
			"broker_url", "redis://s/2", "environment CELERY_BROKER_URL",
		},
		{
			"flag over environment",
			config.Sources{LookupEnv: env(map[string]string{"BEAT_BROKER_URL": "redis://own/3"}), Flags: flag},
			"broker_url", "redis://flag/9", "flag --broker",
		},
		{
			"empty variable is none",
			config.Sources{LookupEnv: env(map[string]string{"BEAT_BROKER_URL": "", "CELERY_BROKER_URL": "redis://env/2"})},
			"broker_url", "redis://env/2", "environment CELERY_BROKER_URL",
		},
		{
			"empty flag counts",
			config.Sources{
				LookupEnv: env(map[string]string{"CELERY_BEAT_PIDFILE": "/run/x"}),
				Flags:     map[string]config.Flag{"pidfile": {Name: "--pidfile"}},
			},
			"pidfile", "", "flag --pidfile",
		},
		{
			"secret in a file",
			config.Sources{LookupEnv: env(map[string]string{"CELERY_BROKER_URL_FILE": secret})},
			"broker_url", "redis://secret/5", "file " + secret + " by CELERY_BROKER_URL_FILE",
		},
		{
			"DATABASE_URL is the last resort",
			config.Sources{LookupEnv: env(map[string]string{"DATABASE_URL": "postgres://a/b", "BEAT_DATABASE_URL": "mysql://a/b"})},
			"database_url", "mysql://a/b", "environment BEAT_DATABASE_URL",
		},
		{
			"DATABASE_URL",
			config.Sources{LookupEnv: env(map[string]string{"DATABASE_URL": "postgres://u:secret@a/b"})},
			"database_url", "postgres://u:**@a/b", "environment DATABASE_URL",
		},
		{
			"variable of a flag of celery beat",
			config.Sources{LookupEnv: env(map[string]string{"CELERY_BEAT_MAX_INTERVAL": "0.5"})},
			"beat_max_loop_interval", "500ms", "environment CELERY_BEAT_MAX_INTERVAL",
		},
		{
			"variable of a setting of beat",
			config.Sources{LookupEnv: env(map[string]string{"BEAT_MAX_LOOP_INTERVAL": "2s"})},
			"beat_max_loop_interval", "2s", "environment BEAT_MAX_LOOP_INTERVAL",
		},
		{
			"loglevel in any case",
			config.Sources{LookupEnv: env(map[string]string{"CELERY_BEAT_LOGLEVEL": "WARNING"})},
			"loglevel", "warning", "environment CELERY_BEAT_LOGLEVEL",
		},
		{
			"NO_COLOR counts by being set",
			config.Sources{LookupEnv: env(map[string]string{"NO_COLOR": "please"})},
			"no_color", "true", "environment NO_COLOR",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(tt.sources)
			if err != nil {
				t.Fatal(err)
			}
			got := find(t, &c, tt.setting)
			if show(got.Value) != tt.want || got.Source != tt.from {
				t.Errorf("got %s from %q, want %s from %q", show(got.Value), got.Source, tt.want, tt.from)
			}
		})
	}
}

func TestFileForms(t *testing.T) {
	t.Parallel()
	forms := map[string]string{
		"beat.yaml": "timezone: Asia/Kolkata\nenable_utc: false\ntask_default_queue: mail\nmigrate: off\n" +
			"broker_transport_options:\n  global_keyprefix: x\n  priority_steps: [0, 5]\n  visibility_timeout: 9\n" +
			"beat_max_loop_interval: 0.5\ntask_routes: {'mail.*': {queue: mail}}\n",
		"beat.toml": "timezone = 'Asia/Kolkata'\nenable_utc = false\ntask_default_queue = 'mail'\nmigrate = 'off'\n" +
			"beat_max_loop_interval = 0.5\n[broker_transport_options]\nglobal_keyprefix = 'x'\npriority_steps = [0, 5]\n" +
			"visibility_timeout = 9\n[task_routes.'mail.*']\nqueue = 'mail'\n",
		"beat.json": `{"timezone": "Asia/Kolkata", "enable_utc": false, "task_default_queue": "mail", "migrate": "off",
			"beat_max_loop_interval": 0.5, "task_routes": {"mail.*": {"queue": "mail"}},
			"broker_transport_options": {"global_keyprefix": "x", "priority_steps": [0, 5], "visibility_timeout": 9}}`,
	}
	for name, content := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, name, content)
			c, err := config.Load(config.Sources{Flags: map[string]config.Flag{"config": {Name: "--config", Value: path}}})
			if err != nil {
				t.Fatal(err)
			}
			zone, err := c.Location()
			if err != nil || zone.String() != "Asia/Kolkata" {
				t.Errorf("zone: got %v, %v", zone, err)
			}
			want := config.Transport{KeyPrefix: "x", PrioritySteps: []int{0, 5}}
			if diff := cmp.Diff(want, c.Broker.Transport); diff != "" {
				t.Errorf("broker_transport_options (-want +got):\n%s", diff)
			}
			if c.Clock.EnableUTC || c.Task.Queue != "mail" || c.Database.Migrate != config.MigrateOff {
				t.Errorf("got %+v, %+v, %+v", c.Clock, c.Task, c.Database)
			}
			if got := c.Beat.Poll(); got != 500*time.Millisecond {
				t.Errorf("poll: got %s", got)
			}
			if routes := c.Message().Routes; len(routes) != 1 || routes[0].Pattern != "mail.*" || routes[0].Options.Queue != "mail" {
				t.Errorf("routes: got %+v", routes)
			}
			if c.File != path || len(c.Warnings()) != 0 {
				t.Errorf("file %q, warnings %q", c.File, c.Warnings())
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	file := write(t, "beat.yaml", "broker_ur: redis://x/0\nworker_concurrency: 4\nzzz: 1\ntask_time_limit: 3\ntask_default_priority: 3\n")
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_CONFIG": file})})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"broker_ur (file " + file + ") is not known; did you mean broker_url?",
		"task_default_priority (file " + file + ") has no effect, as in Celery for tasks that beat does not import; " +
			"give the option to the rows or in task_annotations",
		"zzz (file " + file + ") is not known and has no effect",
	}
	if diff := cmp.Diff(want, c.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	c, err = config.Load(config.Sources{Flags: map[string]config.Flag{"config": {Name: "--config", Value: "proj.celeryconfig"}}})
	if err != nil || len(c.Warnings()) != 1 || !strings.Contains(c.Warnings()[0], "Python module") || c.File != "" {
		t.Errorf("module: got warnings %q, file %q, error %v", c.Warnings(), c.File, err)
	}
}

func TestWriteURLWins(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{
		LookupEnv: env(map[string]string{"CELERY_BROKER_WRITE_URL": "redis://write/1", "CELERY_BROKER_READ_URL": "redis://read/1"}),
		Flags:     map[string]config.Flag{"broker_url": {Name: "--broker", Value: "redis://flag/2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Broker.Effective().Reveal(); got != "redis://write/1" {
		t.Errorf("got %s", got)
	}
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	tests := []struct{ namespace, deployment, want string }{
		{"", "", "beat"},
		{"mail", "", "beat:mail"},
		{"mail", "mine", "mine"},
	}
	for _, tt := range tests {
		c := config.Default()
		c.Database.Namespace, c.Beat.Deployment = tt.namespace, tt.deployment
		if got := c.Deployment(); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}

// A variable must not be able to mean two settings.
func TestVariablesAreUnique(t *testing.T) {
	t.Parallel()
	var asked []string
	_, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) {
		asked = append(asked, name)
		return "", false
	}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, name := range asked {
		seen[name]++
	}
	for _, name := range []string{"BEAT_BROKER_URL", "CELERY_TIMEZONE", "DATABASE_URL_FILE", "CELERY_BEAT_SCHEDULER"} {
		if seen[name] == 0 {
			t.Errorf("%s is never read", name)
		}
	}
	for name, n := range seen {
		// The file's name is needed before everything else, and so is asked for twice. The variables of beat_schedule
		// hold entries or, for celery beat, the path of a file; their content tells.
		if n > 1 && !strings.Contains(name, "CONFIG") && !strings.HasSuffix(name, "BEAT_SCHEDULE") {
			t.Errorf("%s is read by %d settings", name, n)
		}
	}
}

func find(t *testing.T, c *config.Config, name string) config.Setting {
	t.Helper()
	for _, s := range c.Settings() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no setting %s", name)
	return config.Setting{}
}
