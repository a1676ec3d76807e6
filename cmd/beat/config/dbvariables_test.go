package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Templates of projects name the database of the application piece by piece.
func TestDatabaseByVariables(t *testing.T) {
	t.Parallel()
	secret := write(t, "password", "p@/\n")
	db := map[string]string{"DB_HOST": "db", "DB_PORT": "5433", "DB_NAME": "shop", "DB_USER": "u", "DB_PASSWORD": "s:"}
	for _, tt := range []struct {
		name, scheduler string
		env             map[string]string
		want            string
	}{
		{"all", "django", db, "postgresql://u:s%3A@db:5433/shop"},
		{"for SQLAlchemy", "sqlalchemy", db, "postgresql://u:s%3A@db:5433/shop"},
		{"for tables of this program", "native", db, "sqlite:///beat.db"},
		{"beside a URL", "django", map[string]string{"DB_HOST": "db", "DB_NAME": "shop", "DATABASE_URL": "mysql://h/d"}, "mysql://h/d"},
		{"a host only", "django", map[string]string{"DB_HOST": "db"}, "sqlite:///beat.db"},
		{"a password in a file", "django", map[string]string{"DB_HOST": "db", "DB_NAME": "d", "DB_USER": "u", "DB_PASSWORD_FILE": secret}, "postgresql://u:p%40%2F@db/d"},
		{"a socket", "django", map[string]string{"DB_HOST": "/run/postgresql", "DB_PORT": "5432", "DB_NAME": "d"}, "postgresql:///d?host=%2Frun%2Fpostgresql"},
		{"MySQL by its engine", "django", map[string]string{"DB_HOST": "db", "DB_NAME": "d", "DB_ENGINE": "django.db.backends.mysql"}, "mysql://db/d"},
		{"MySQL by its port", "django", map[string]string{"DB_HOST": "db", "DB_NAME": "d", "DB_PORT": "3306"}, "mysql://db:3306/d"},
		{"of the image of MySQL", "django", map[string]string{"MYSQL_HOST": "db", "MYSQL_DATABASE": "d", "MYSQL_USER": "u"}, "mysql://u@db/d"},
		{"of the image of PostgreSQL", "django", map[string]string{"POSTGRES_HOST": "::1", "POSTGRES_PORT": "5432", "POSTGRES_DB": "d", "POSTGRES_USER": "u", "POSTGRES_PASSWORD": "p"}, "postgresql://u:p@[::1]:5432/d"},
	} {
		vars := maps.Clone(tt.env)
		vars["CELERY_BEAT_SCHEDULER"] = tt.scheduler
		c, err := config.Load(config.Sources{LookupEnv: env(vars)})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := c.Database.URL.Reveal(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	_, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"CELERY_BEAT_SCHEDULER": "django", "DB_HOST": "h", "DB_NAME": "d", "DB_PASSWORD_FILE": "/nowhere/p",
	})})
	if err == nil || !strings.Contains(err.Error(), `database_url: "/nowhere/p" (environment DB_PASSWORD_FILE) is not a readable file`) {
		t.Errorf("got %v", err)
	}
}
