package cli

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/httpapi"
	"github.com/gobeat/gobeat/beat/telemetry"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// monitor serves health and metrics of the scheduler that runs at the moment; it outlives changes of the settings.
type monitor struct {
	observer *telemetry.Prometheus
	server   *httpapi.Server
	running  atomic.Pointer[beat.Beat]
	limit    time.Duration
}

// startMonitor serves under the settings; without an address it only counts.
func startMonitor(ctx context.Context, cfg *config.Beat) (*monitor, error) {
	m := &monitor{limit: cfg.UnhealthyAfter}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reg.MustRegister(telemetry.NewHealth(m.health, time.Now, m.limit))
	var err error
	if m.observer, err = telemetry.NewPrometheus(reg); err != nil || cfg.HTTP == "" {
		return m, err
	}
	m.server, err = httpapi.Start(ctx, cfg.HTTP, httpapi.New(httpapi.Config{
		Health: m.health, Limit: m.limit, Metrics: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}))
	return m, err
}

// health tells of the running scheduler; before there is one it waits for the database.
func (m *monitor) health() beat.Health {
	if b := m.running.Load(); b != nil {
		return b.Health()
	}
	return beat.Health{State: beat.StateStopped, Store: "waiting for the database"}
}

func (m *monitor) close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close()
}
