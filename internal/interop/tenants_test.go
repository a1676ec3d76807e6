package interop_test

import (
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// tenantTables makes schemas with the tables of the project, as django-tenants does.
const tenantTables = `
from django.db import connection

def use(schema):
    connection.cursor().execute("set search_path to " + schema)

def found(schema):
    connection.cursor().execute("create schema if not exists " + schema)
    use(schema)
    call_command("migrate", verbosity=0)

def tick(schema, name):
    use(schema)
    second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    PeriodicTask.objects.create(name=name, task="site.echo", interval=second, args='["%s"]' % schema)

def counts(schema):
    use(schema)
    return dict(PeriodicTask.objects.values_list("name", "total_run_count"))

for schema in ("public", "shop", "blog"):
    found(schema)
    tick(schema, "tick")
`

// TestTenants runs the same tables in several schemas, in which rows have the same keys and names: each is sent for its
// tenant and written back there. A schema without tables, and one that loses them, hold up no other.
func TestTenants(t *testing.T) {
	t.Parallel()
	s := newShop(t, testenv.PostgreSQL(t))
	s.do(t, tenantTables)
	s.env = append(s.env, "BEAT_DATABASE_SCHEMAS=public,shop,blog,late", "SITE_SCHEDULE="+
		`{"listed": {"task": "site.echo", "schedule": 1.0}, "of one": {"task": "site.echo", "schedule": 1.0, "tenant_schemas": ["blog"]}}`)
	worker := s.worker(t)
	beat := s.launch(t)
	beat.WaitFor(t, "the database cannot be used, will keep trying")

	until := func(want ...string) {
		t.Helper()
		missing := map[string]bool{}
		for _, w := range want {
			missing[w] = true
		}
		for len(missing) > 0 {
			got := nextSold(t, worker)
			if args := string(got.Args); args != "[]" && args != `["`+got.Schema+`"]` {
				t.Errorf("%s of %s was sent for the tenant %q", got.Name, args, got.Schema)
			}
			delete(missing, got.Schema+" "+got.Name)
		}
	}
	until("public tick", "shop tick", "blog tick", "shop listed", "blog listed", "blog of one")
	s.do(t, `found("late"); tick("late", "tick")`)
	until("late tick", "late listed")
	s.do(t, `connection.cursor().execute("drop table shop.django_celery_beat_periodictask cascade")`)
	until("public tick", "blog tick", "late tick")
	for range 6 {
		nextSold(t, worker) // what shop had sent before
	}
	until("public tick", "blog tick", "late tick")
	beat.Stop(t)
	worker.Stop(t)

	for schema, names := range map[string][]string{
		"public": {"tick"}, "blog": {"tick", "listed", "of one"}, "late": {"tick", "listed"},
	} {
		var counts map[string]int
		s.ask(t, `counts("`+schema+`")`, &counts)
		if len(counts) != len(names) {
			t.Errorf("%s has the tasks %v, want %v", schema, counts, names)
		}
		for _, name := range names {
			if counts[name] < 1 {
				t.Errorf("%s of %s was written back %d times", name, schema, counts[name])
			}
		}
	}
}
