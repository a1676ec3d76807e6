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

// Variables of which project templates make Django's DATABASES name the database as well as a URL does.
func TestVariablesOfTemplates(t *testing.T) {
	t.Parallel()
	file := write(t, "password", "p@ss\n")
	for _, tt := range []struct{ vars, want, from string }{
		{"DB_HOST=db DB_NAME=site DB_USER=u DB_PASSWORD=p/w DB_PORT=5433", "postgresql://u:p%2Fw@db:5433/site", "DB_HOST"},
		{"DB_HOST=db DB_DATABASE=site DB_USERNAME=u DB_PASSWORD_FILE=" + file, "postgresql://u:p%40ss@db/site", "DB_HOST"},
		{"DB_ENGINE=django.db.backends.mysql DB_HOST=db DB_NAME=site DB_USER=u", "mysql://u@db/site", "DB_HOST"},
		{"DB_CONNECTION=pgsql DB_HOST=::1 DB_NAME=site", "postgresql://[::1]/site", "DB_HOST"},
		{"DB_HOST=db DB_NAME=site DB_PORT=3306", "mysql://db:3306/site", "DB_HOST"},
		{"DB_ENGINE=django_tenants.postgresql_backend DB_HOST=db DB_NAME=site", "postgresql://db/site", "DB_HOST"},
		{"SQL_ENGINE=django.db.backends.postgresql SQL_DATABASE=d SQL_USER=u SQL_PASSWORD=p SQL_HOST=h SQL_PORT=1", "postgresql://u:p@h:1/d", "SQL_HOST"},
		{"POSTGRES_HOST=h POSTGRES_DB=d POSTGRES_USER=u POSTGRES_PASSWORD=p", "postgresql://u:p@h/d", "POSTGRES_HOST"},
		{"MYSQL_HOST=h MYSQL_DATABASE=d MYSQL_USER=u MYSQL_PASSWORD=p", "mysql://u:p@h/d", "MYSQL_HOST"},
		{"DATABASE_HOST=h DATABASE_NAME=d", "postgresql://h/d", "DATABASE_HOST"},
		{"DB_HOST=h DB_NAME=d DATABASE_URL=sqlite:///a.db", "sqlite:///a.db", "DATABASE_URL"},
		{"DB_HOST=h", "sqlite:///beat.db", ""},
		{"POSTGRES_DB=d POSTGRES_USER=u POSTGRES_PASSWORD=p", "sqlite:///beat.db", ""}, // those of a container
	} {
		vars := map[string]string{"CELERY_BEAT_SCHEDULER": "django"}
		for pair := range strings.FieldsSeq(tt.vars) {
			name, value, _ := strings.Cut(pair, "=")
			vars[name] = value
		}
		c, err := config.Load(config.Sources{LookupEnv: env(vars)})
		if err != nil {
			t.Errorf("%s: %v", tt.vars, err)
			continue
		}
		from := config.FromDefault
		if tt.from != "" {
			from = "environment " + tt.from
		}
		if got := c.Database.URL.Reveal(); got != tt.want || c.Origin("database_url") != from {
			t.Errorf("%s: %s from %s, want %s", tt.vars, got, c.Origin("database_url"), tt.want)
		}
	}
	vars := map[string]string{"CELERY_BEAT_SCHEDULER": "django", "DB_HOST": "h", "DB_NAME": "d", "DB_USER": "u", "DB_PASSWORD_FILE": "/nowhere"}
	if _, err := config.Load(config.Sources{LookupEnv: env(vars)}); err == nil || !strings.Contains(err.Error(), "environment DB_PASSWORD_FILE") {
		t.Errorf("a password file that is not there: %v", err)
	}
}
