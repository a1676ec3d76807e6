package cli

import (
	"fmt"
	"strings"
	"testing"
)

// Each flag that celery beat does not have gives its setting, after the word beat as well as before it.
func TestOwnFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ flag, setting, want string }{
		{"--app-import=false", "app_import", "false"},
		{"--python=/opt/python", "python", "/opt/python"},
		{"--database-url=postgresql://h/d", "database_url", "postgresql://h/d"},
		{"--database-schema=plans", "database_schema", "plans"},
		{"--database-schemas=shop,blog --database-url=postgresql://h/d -S django", "database_schemas", "shop,blog"},
		{"--table-prefix=a_", "table_prefix", "a_"},
		{"--namespace=mail", "namespace", "mail"},
		{"--migrate=off", "migrate", "off"},
		{"--timezone=Asia/Tokyo", "timezone", "Asia/Tokyo"},
		{"--log-format=json", "log_format", "json"},
		{"--apply-at-start=false", "apply_at_start", "false"},
		{"--backend-cleanup=off", "backend_cleanup", "off"},
		{"--poll-interval=5s", "poll_interval", "5s"},
		{"--misfire-grace=7s", "misfire_grace", "7s"},
		{"--drain-timeout=3s", "drain_timeout", "3s"},
		{"--http=:9100", "http", ":9100"},
		{"--ask-workers=false", "ask_workers", "false"},
		{"--strict --database-url=memory:// -b redis://localhost/0 -- allow.tasks=proj.*", "strict", "true"},
		{"--unhealthy-after=90s", "unhealthy_after", "1m30s"},
		{"--exit-unhealthy", "exit_unhealthy", "true"},
		{"--deployment=mine", "deployment", "mine"},
		{"--lenient", "lenient", "true"},
	} {
		t.Run(strings.Fields(tt.flag)[0], func(t *testing.T) {
			t.Parallel()
			value := func(line string) string {
				t.Helper()
				cfg := parsed(t, line, nil)
				for _, s := range cfg.Settings() {
					if s.Name == tt.setting {
						return fmt.Sprint(s.Value)
					}
				}
				t.Fatalf("there is no setting %s", tt.setting)
				return ""
			}
			if value("beat run") == tt.want {
				t.Errorf("%s is the default, so that nothing is tested", tt.want)
			}
			for _, line := range []string{"beat run " + tt.flag, "beat beat " + tt.flag, "beat " + tt.flag} {
				if got := value(line); got != tt.want {
					t.Errorf("%s: got %s, want %s", line, got, tt.want)
				}
			}
		})
	}
}
