package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Tenants says in which PostgreSQL schemas a project has the tables of django-celery-beat, as django-tenants makes them.
type Tenants struct {
	Schemas []string // database_schemas; empty: the tables are there once
}

// schemaName are the names of schemas that may be given.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

const (
	publicSchema = "public" // is no tenant, with django-tenants
	tenantClass  = "tenant_schemas_celery.db_scheduler"
	tenantHeader = "_schema_name" // by which tenant-schemas-celery tells a worker the tenant of a task
)

// Each tells whether the settings are those of several schemas, each of which is to be dealt with by itself.
func (c *Config) Each() bool { return len(c.Tenants.Schemas) > 0 && c.Database.Schema == "" }

// Of returns the settings of one schema.
func (c *Config) Of(schema string) Config {
	one := *c
	one.Database.Schema = schema
	return one
}

// Tenant returns the schema whose settings these are; empty when they are not those of one of several.
func (c *Config) Tenant() string {
	if len(c.Tenants.Schemas) == 0 {
		return ""
	}
	return c.Database.Schema
}

// Cleans tells whether these are the settings of the schema in which celery.backend_cleanup stands: one is enough.
func (c *Config) Cleans() bool {
	schemas := c.Tenants.Schemas
	return len(schemas) == 0 || c.Tenant() == publicSchema || c.Tenant() == schemas[0] && !slices.Contains(schemas, publicSchema)
}

// Wants tells whether an entry of beat_schedule is for the schema of these settings: tenants names those it is for; without
// them it is for all but public, as with tenant-schemas-celery.
func (c *Config) Wants(tenants []string) (bool, error) {
	if len(c.Tenants.Schemas) == 0 && tenants != nil {
		return false, &FieldError{
			Field: "tenant_schemas", Value: strings.Join(tenants, ","), Problem: "needs the setting database_schemas",
		}
	}
	switch schema := c.Tenant(); {
	case schema == "":
		return true, nil
	case tenants == nil:
		return schema != publicSchema, nil
	default:
		return slices.Contains(tenants, schema), nil
	}
}

func (c *Config) validateTenants(add func(field, value, problem string)) {
	schemas := c.Tenants.Schemas
	if len(schemas) == 0 {
		if strings.HasPrefix(c.Beat.Scheduler, tenantClass) && c.Database.Schema == "" {
			add("beat_scheduler", c.Beat.Scheduler, "needs database_schemas, the schemas of the tenants, such as public,shop,blog")
		}
		return
	}
	refuse := func(problem string) { add("database_schemas", strings.Join(schemas, ","), problem) }
	for i, name := range schemas {
		if !schemaName.MatchString(name) {
			refuse(strconv.Quote(name) + " " + problemSchema)
			return
		}
		if slices.Contains(schemas[:i], name) {
			refuse(strconv.Quote(name) + " is there twice")
			return
		}
	}
	switch one := c.Database.Schema; {
	case !c.onPostgres():
		refuse("needs PostgreSQL, which database_url does not name")
	case c.Beat.Kind() != KindDjango:
		refuse("is for the tables of django-celery-beat: add -S django")
	case one != "" && !slices.Contains(schemas, one):
		add("database_schema", one, "is none of database_schemas: "+strings.Join(schemas, ", "))
	}
}
