package django_test

import (
	"slices"
	"testing"

	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// without are the tests of what the tables of django-celery-beat cannot hold.
func without(database string) []string {
	schedulesOfOneTask := []string{"S13", "S14", "S20", "C2", "L14"}
	otherKinds := []string{"S1 every field", "S1 every kind", "S4", "S18 a bad value"}
	longNames := []string{"S17"}
	if database == "mariadb" {
		otherKinds = append(otherKinds, "S3") // Django's names know no capitals there
	}
	return slices.Concat(foreigntest.Namespaces(), schedulesOfOneTask, otherKinds, longNames)
}

func TestStore(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, sites(d.name, d.fresh), without(d.name)...)
		})
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			seedtest.Run(t, sites(d.name, d.fresh), "Celery Store: several schedules")
		})
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			seedtest.Recovery(t, sites(d.name, d.fresh))
		})
	}
}

// sites makes a site of Django for each test, whose tables every handle uses.
func sites(name string, fresh func(t testing.TB) string) func(t *testing.T) storetest.Open {
	return func(t *testing.T) storetest.Open {
		t.Helper()
		s := newSite(t, name, fresh(t), newest)
		return func(t *testing.T, _ string) storetest.Store {
			t.Helper()
			return s.open(t)
		}
	}
}
