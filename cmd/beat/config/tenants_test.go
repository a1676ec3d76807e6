package config_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// several are the settings of a project with tenants, and others of which one is to be wrong.
func several(others ...string) config.Sources {
	vars := map[string]string{
		"BEAT_DATABASE_SCHEMAS": "public, shop,blog", "DATABASE_URL": "postgresql://db/site", "CELERY_BEAT_SCHEDULER": "django",
	}
	for i := 0; i+1 < len(others); i += 2 {
		vars[others[i]] = others[i+1]
	}
	return config.Sources{LookupEnv: env(vars)}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	c, err := config.Load(several("CELERY_BEAT_SCHEDULER", "tenant_schemas_celery.db_scheduler:TenantAwareDatabaseScheduler"))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Each() || c.Tenant() != "" || c.Deployment() != "beat" || len(c.Message().Headers) > 0 {
		t.Errorf("of all: %v, %q, %q, %v", c.Each(), c.Tenant(), c.Deployment(), c.Message().Headers)
	}
	shop, public := c.Of("shop"), c.Of("public")
	if shop.Each() || shop.Tenant() != "shop" || shop.Deployment() != "beat:shop" || shop.Cleans() || !public.Cleans() {
		t.Errorf("of one: %v, %q, %q, %v, %v", shop.Each(), shop.Tenant(), shop.Deployment(), shop.Cleans(), public.Cleans())
	}
	if h := shop.Message().Headers; len(h) != 1 || h[0].Key != "_schema_name" || string(h[0].Value) != `"shop"` {
		t.Errorf("headers %v", h)
	}
	for _, tt := range []struct {
		tenants            []string
		shop, public, more bool
	}{
		{nil, true, false, true},
		{[]string{"shop"}, true, false, false},
		{[]string{"public", "blog"}, false, true, true},
	} {
		blog := c.Of("blog")
		for _, one := range []struct {
			c    config.Config
			want bool
		}{{shop, tt.shop}, {public, tt.public}, {blog, tt.more}} {
			if got, err := one.c.Wants(tt.tenants); got != one.want || err != nil {
				t.Errorf("%q for %v: %v, %v", one.c.Tenant(), tt.tenants, got, err)
			}
		}
	}
	alone, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Wants([]string{"shop"}); err == nil {
		t.Error("tenant_schemas without database_schemas is no error")
	}
	if ours, err := alone.Wants(nil); !ours || err != nil {
		t.Errorf("without tenants: %v, %v", ours, err)
	}
}

func TestTenantsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ variable, value, want string }{
		{"CELERY_BEAT_SCHEDULER", "native", "is for the tables of django-celery-beat"},
		{"BEAT_DATABASE_SCHEMA", "other", `database_schema: "other" (environment BEAT_DATABASE_SCHEMA) is none of database_schemas: public, shop, blog`},
	} {
		if _, err := config.Load(several(tt.variable, tt.value)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s=%s: %v", tt.variable, tt.value, err)
		}
	}
}
