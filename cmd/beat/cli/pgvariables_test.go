package cli_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// The variables of PostgreSQL's own programs name the database as well as a URL does. They are those of the process, which
// the driver reads by itself.
func TestVariablesOfPostgreSQL(t *testing.T) {
	u, err := url.Parse(testenv.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	t.Setenv("PGHOST", u.Hostname())
	t.Setenv("PGPORT", u.Port())
	t.Setenv("PGUSER", u.User.Username())
	t.Setenv("PGPASSWORD", password)
	t.Setenv("PGDATABASE", strings.TrimPrefix(u.Path, "/"))
	t.Setenv("PGSSLMODE", u.Query().Get("sslmode"))

	env := newEnviron("PGHOST", u.Hostname(), "BEAT_CONFIG", schedules(t, "  a: {task: x, schedule: 5}\n"))
	for _, want := range []string{"1 created\n", "nothing to do"} {
		out, errs, code := once(t.Context(), env, "apply")
		if code != 0 || !strings.Contains(out, want) {
			t.Fatalf("exit code %d, no %q in\n%s%s", code, want, out, errs)
		}
	}
	out, _, _ := once(t.Context(), env, "show", "a")
	if !strings.Contains(out, "beat_schedule") {
		t.Errorf("show:\n%s", out)
	}
}
