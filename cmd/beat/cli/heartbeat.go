package cli

import (
	"cmp"
	"os"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// heartbeat returns under which name monitors list this process; nil when they are not to be told. Beats of one machine
// are told apart by their deployments, as workers are by their node names.
func (a *App) heartbeat(cfg *config.Config) *beat.Heartbeat {
	if !cfg.Beat.SendHeartbeats {
		return nil
	}
	name := cmp.Or(cfg.Beat.Deployment, beat.DefaultDeployment)
	if schema := cfg.Tenant(); schema != "" {
		name += ":" + schema
	}
	return &beat.Heartbeat{Hostname: name + "@" + hostname(), Version: a.build().Version, Load: loadAverages}
}

// loadAverages reads how busy a Linux machine is; elsewhere it says that it is idle.
func loadAverages() [3]float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	return parseLoad(string(text))
}

func parseLoad(text string) (load [3]float64) {
	words := strings.Fields(text)
	for i := range min(len(load), len(words)) {
		load[i], _ = strconv.ParseFloat(words[i], 64)
	}
	return load
}
