package interop_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDatabaseOfTheProject runs a command line of celery beat without naming the database: the Django project knows it.
func TestDatabaseOfTheProject(t *testing.T) {
	t.Parallel()
	for _, d := range shopDatabases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			url := d.fresh(t)
			s := newShop(t, url)
			s.do(t, swapRows)
			cmd := exec.CommandContext(t.Context(), program, "-A", "site_celery", "list", "-S", s.scheduler, "-o", "json")
			named := func(v string) bool { return strings.HasPrefix(v, "DATABASE_URL=") }
			cmd.Dir, cmd.Env = s.dir, append(slices.DeleteFunc(slices.Clone(s.env), named), "SITE_DATABASE="+url, "BEAT_PYTHON="+s.python.Path)
			out, err := cmd.Output()
			var rows []struct{ Name string }
			if err != nil || json.Unmarshal(out, &rows) != nil || len(rows) != 5 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
