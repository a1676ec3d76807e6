package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobeat/gobeat/beat"
)

// health shows beat.Health as metrics whenever they are asked for.
type health struct {
	read  func() beat.Health
	now   func() time.Time
	limit time.Duration
}

// NewHealth returns a collector of what read tells; unhealthy is what Health.Problem calls so for the limit.
func NewHealth(read func() beat.Health, now func() time.Time, limit time.Duration) prometheus.Collector {
	return &health{read: read, now: now, limit: limit}
}

// gauge is one metric out of a Health.
type gauge struct {
	name, help string
	value      func(h *beat.Health, now time.Time) float64
}

func gauges() []gauge {
	return []gauge{
		{"beat_leader", "1 while this process leads, else 0.", func(h *beat.Health, _ time.Time) float64 {
			return truth(h.State == beat.StateLeading)
		}},
		{"beat_epoch", "Epoch of the lease that this process holds, 0 when it holds none.", func(h *beat.Health, _ time.Time) float64 {
			return float64(h.Epoch)
		}},
		{"beat_entries", "Schedules in memory.", func(h *beat.Health, _ time.Time) float64 { return float64(h.Entries) }},
		{"beat_entries_quarantined", "Schedules that cannot run because their row is wrong.", func(h *beat.Health, _ time.Time) float64 {
			return float64(h.Quarantined)
		}},
		{"beat_open_batches", "Batches that were claimed and are not finished.", func(h *beat.Health, _ time.Time) float64 {
			return float64(h.Open)
		}},
		{"beat_oldest_due_seconds", "How late the oldest run is that is due and not confirmed.", func(h *beat.Health, now time.Time) float64 {
			return h.Late(now).Seconds()
		}},
		{"beat_clock_skew_seconds", "How far the local clock is ahead of the store's.", func(h *beat.Health, _ time.Time) float64 {
			return h.Skew.Seconds()
		}},
		{"beat_store_trouble", "1 while the store does not answer as it should, else 0.", func(h *beat.Health, _ time.Time) float64 {
			return truth(h.Store != "")
		}},
		{"beat_broker_trouble", "1 while the broker does not answer as it should, else 0.", func(h *beat.Health, _ time.Time) float64 {
			return truth(h.Broker != "")
		}},
	}
}

// Describe implements prometheus.Collector.
func (c *health) Describe(to chan<- *prometheus.Desc) {
	for _, g := range gauges() {
		to <- g.desc()
	}
	to <- healthyDesc()
}

// Collect implements prometheus.Collector.
func (c *health) Collect(to chan<- prometheus.Metric) {
	h, now := c.read(), c.now()
	for _, g := range gauges() {
		to <- prometheus.MustNewConstMetric(g.desc(), prometheus.GaugeValue, g.value(&h, now))
	}
	to <- prometheus.MustNewConstMetric(healthyDesc(), prometheus.GaugeValue, truth(h.Problem(now, c.limit) == ""))
}

func (g *gauge) desc() *prometheus.Desc { return prometheus.NewDesc(g.name, g.help, nil, nil) }

func healthyDesc() *prometheus.Desc {
	return prometheus.NewDesc("beat_healthy", "1 while /healthz answers that all is well, else 0.", nil, nil)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
