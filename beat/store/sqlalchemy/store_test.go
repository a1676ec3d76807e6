package sqlalchemy_test

import (
	"slices"
	"testing"

	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// without are the tests of what the tables cannot hold.
func without(database string) []string {
	schedulesOfOneTask := []string{"S13", "S14", "S20", "C2", "L14"}
	otherKinds := []string{"S1 every field", "S1 every kind", "S4", "S18 a bad value"}
	var columns []string
	if database == "mariadb" {
		// Names know no capitals, texts have at most 64 KiB, and edits within a second have the same time.
		columns = []string{"S3", "S1 a large value", "S6"}
	}
	return slices.Concat(foreigntest.Namespaces(), schedulesOfOneTask, otherKinds, columns)
}

func TestStore(t *testing.T) {
	t.Parallel()
	for _, r := range []release{releases[0], releases[2]} {
		for _, d := range foreigntest.Databases() {
			t.Run(r.name+" "+d.Name, func(t *testing.T) {
				t.Parallel()
				storetest.Run(t, func(t *testing.T) storetest.Open {
					t.Helper()
					s := newSite(t, d, r)
					return func(t *testing.T, _ string) storetest.Store {
						t.Helper()
						return s.open(t)
					}
				}, without(d.Name)...)
			})
		}
	}
}
