package config

import "strings"

// defaultDBURI is the database of the schedulers for SQLAlchemy when nobody names one.
const defaultDBURI = "sqlite:///schedule.db"

// ofSQLAlchemy tells whether the tables are those of a scheduler for SQLAlchemy.
func (k SchedulerKind) ofSQLAlchemy() bool { return k == KindSQLAlchemy || k == KindCSS }

// takeDBURI lets the settings of the schedulers for SQLAlchemy say where their tables are. Their settings stand beside
// variables such as DATABASE_URL, which name the database of the application, so that they win over those; but not over
// what was given to this program alone.
func (c *Config) takeDBURI() {
	if !c.Beat.Kind().ofSQLAlchemy() {
		return
	}
	if from := c.Origin("beat_dburi"); from != FromDefault && !ours(c.Origin("database_url")) {
		c.Database.URL, c.origins["database_url"] = c.Beat.DBURI, from
	}
	if from := c.Origin("beat_schema"); from != FromDefault && !ours(c.Origin("database_schema")) {
		c.Database.Schema, c.origins["database_schema"] = c.Beat.Schema, from
	}
}

// ours tells whether a setting comes from a flag or a variable that no other program reads.
func ours(origin string) bool {
	return strings.HasPrefix(origin, "flag ") || strings.Contains(origin, "BEAT_DATABASE_")
}

// onPostgres tells whether the database is PostgreSQL.
func (c *Config) onPostgres() bool {
	scheme, _, _ := strings.Cut(strings.ToLower(c.Database.URL.Reveal()), "://")
	scheme, _, _ = strings.Cut(scheme, "+")
	return scheme == "postgresql" || scheme == "postgres" || scheme == "postgis"
}
