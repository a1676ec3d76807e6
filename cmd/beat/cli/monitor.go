package cli

import (
	"context"
	"maps"
	"slices"
	"sync"
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

// monitor serves health and metrics of the schedulers that run at the moment; it outlives changes of the settings.
type monitor struct {
	metrics *prometheus.Registry
	server  *httpapi.Server
	limit   time.Duration

	mu    sync.Mutex
	seats map[string]*seat // by schema; empty when there is one scheduler
}

// seat is where one scheduler after the other runs.
type seat struct {
	observer *telemetry.Prometheus
	running  atomic.Pointer[beat.Beat]
}

// startMonitor serves under the settings; without an address it only counts.
func startMonitor(ctx context.Context, cfg *config.Beat) (*monitor, error) {
	m := &monitor{metrics: prometheus.NewRegistry(), limit: cfg.UnhealthyAfter, seats: map[string]*seat{}}
	m.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if cfg.HTTP == "" {
		return m, nil
	}
	var err error
	m.server, err = httpapi.Start(ctx, cfg.HTTP, httpapi.New(httpapi.Config{
		Health: m.health, Limit: m.limit, Metrics: promhttp.HandlerFor(m.metrics, promhttp.HandlerOpts{}),
	}))
	return m, err
}

// seat returns that of a schema. Metrics of one among several have its name.
func (m *monitor) seat(schema string) (*seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.seats[schema]; ok {
		return s, nil
	}
	var reg prometheus.Registerer = m.metrics
	if schema != "" {
		reg = prometheus.WrapRegistererWith(prometheus.Labels{"schema": schema}, reg)
	}
	s := &seat{}
	if err := reg.Register(telemetry.NewHealth(s.health, time.Now, m.limit)); err != nil {
		return nil, err
	}
	var err error
	if s.observer, err = telemetry.NewPrometheus(reg); err != nil {
		return nil, err
	}
	m.seats[schema] = s
	return s, nil
}

// health tells of the running scheduler; before there is one it waits for the database.
func (s *seat) health() beat.Health {
	if b := s.running.Load(); b != nil {
		return b.Health()
	}
	return beat.Health{State: beat.StateStopped, Store: "waiting for the database"}
}

// health sums up the schedulers. Of several, those count that are well, as long as there are any: a schema that is broken
// must not have the process ended that serves the others.
func (m *monitor) health() beat.Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	var well, all []beat.Health
	for _, schema := range slices.Sorted(maps.Keys(m.seats)) {
		h := m.seats[schema].health()
		all = append(all, h)
		if h.Problem(time.Now(), m.limit) == "" {
			well = append(well, h)
		}
	}
	switch {
	case len(well) > 0:
		return beat.Together(well)
	case len(all) > 0:
		return beat.Together(all)
	}
	return (&seat{}).health()
}

func (m *monitor) close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close()
}
