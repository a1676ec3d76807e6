package cli

import (
	"os"
	"strings"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// zoneOfRows names the zone of crontabs that name none, for tables in which each one has a zone.
func zoneOfRows(cfg *config.Config) string {
	if name := zoneName(cfg); name != "Local" {
		return name
	}
	link, _ := os.Readlink("/etc/localtime") // empty where the system has none
	_, system, _ := strings.Cut(link, "zoneinfo/")
	for _, name := range []string{strings.TrimPrefix(os.Getenv("TZ"), ":"), system} {
		if _, err := loadZone(name); err == nil && name != "" {
			return name
		}
	}
	return "UTC"
}
