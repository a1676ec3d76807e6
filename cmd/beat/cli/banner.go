package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// printBanner tells people what the process works with, in the form that celery beat has.
func printBanner(w io.Writer, version string, cfg *config.Config) error {
	brokerSetting := "broker_url"
	if cfg.Broker.WriteURL != "" {
		brokerSetting = "broker_write_url"
	}
	logfile := cfg.Log.File
	if logfile == "" {
		logfile = "[stderr]"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "beat %s is starting.\n", version)
	if cfg.Defaults() {
		b.WriteString("No settings were given, so these are the defaults; see beat run --help.\n")
	}
	b.WriteString("Configuration ->\n")
	for _, line := range []struct{ name, value, setting string }{
		{"broker", cfg.Broker.Effective().String(), brokerSetting},
		{"scheduler", cfg.Beat.Scheduler, "beat_scheduler"},
		{"database", cfg.Database.URL.String(), "database_url"},
		{"namespace", cfg.Database.Namespace, "namespace"},
		{"timezone", zoneName(cfg), "timezone"},
		{"maxinterval", cfg.Beat.Poll().String(), "poll_interval"},
		{"logfile", logfile + "@%" + strings.ToUpper(config.LevelName(cfg.Log.Level)), "loglevel"},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "    . %s -> %s (%s)\n", line.name, line.value, cfg.Origin(line.setting))
		}
	}
	if cfg.Database.Migrate == config.MigrateAuto {
		b.WriteString("Tables that are missing in the database are created.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func zoneName(cfg *config.Config) string {
	zone, err := cfg.Location()
	if err != nil {
		return cfg.Clock.Timezone
	}
	return zone.String()
}
