package config_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestDatabaseOfDjango(t *testing.T) {
	t.Parallel()
	app := config.AppSettings{From: "app proj", Values: map[string]any{"django_database_url": "postgresql://u:s@h/d"}}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"its tables", map[string]string{"CELERY_BEAT_SCHEDULER": "django"}, "postgresql://u:s@h/d"},
		{"its tables elsewhere", map[string]string{"CELERY_BEAT_SCHEDULER": "django", "DATABASE_URL": "mysql://h/d"}, "mysql://h/d"},
		{"variables of PostgreSQL", map[string]string{"CELERY_BEAT_SCHEDULER": "django", "PGHOST": "db"}, "postgresql://u:s@h/d"},
		{"other tables", nil, "sqlite:///beat.db"},
	} {
		c, err := config.Load(config.Sources{App: app, LookupEnv: env(tt.env)})
		if err != nil || c.Database.URL.Reveal() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.name, c.Database.URL, err, tt.want)
		}
		if tt.want == "postgresql://u:s@h/d" && c.Origin("database_url") != "app proj" {
			t.Errorf("%s: it comes from %s", tt.name, c.Origin("database_url"))
		}
	}

	omitted := config.AppSettings{Export: config.Export{Omitted: []string{"django_database_url", "broker_password"}}}
	_, err := config.Load(config.Sources{App: omitted, LookupEnv: env(map[string]string{"CELERY_BEAT_SCHEDULER": "django", "BROKER_URL": "redis://:s@h"})})
	if err == nil || !strings.Contains(err.Error(), "give it as DATABASE_URL") || strings.Contains(err.Error(), "broker_password") {
		t.Errorf("left out: %v", err)
	}
	for name, vars := range map[string]map[string]string{
		"other tables": nil, "given": {"CELERY_BEAT_SCHEDULER": "django", "DATABASE_URL": "mysql://h/d"},
	} {
		omitted.Omitted = []string{"django_database_url"}
		if _, err := config.Load(config.Sources{App: omitted, LookupEnv: env(vars)}); err != nil {
			t.Errorf("left out, %s: %v", name, err)
		}
	}
}
