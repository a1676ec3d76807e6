package telemetry

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobeat/gobeat/beat"
)

// Prometheus counts what it observes. It is safe for concurrent use.
type Prometheus struct {
	sent     prometheus.Counter
	lateness prometheus.Histogram
	failed   *prometheus.CounterVec
	missed   *prometheus.CounterVec
	repaired prometheus.Counter
	terms    prometheus.Counter
}

var _ beat.Observer = (*Prometheus)(nil)

// NewPrometheus makes the metrics and registers them. It fails when one of their names is taken.
func NewPrometheus(reg prometheus.Registerer) (*Prometheus, error) {
	p := &Prometheus{
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "beat_runs_sent_total", Help: "Runs that the broker confirmed.",
		}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "beat_run_lateness_seconds", Help: "Time from the planned instant of a run to its confirmation.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60, 600},
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "beat_runs_failed_total", Help: "Runs that will not reach a queue, by what the broker said.",
		}, []string{"state"}),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "beat_runs_missed_total", Help: "Runs that were given up, by reason.",
		}, []string{"reason"}),
		repaired: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "beat_repaired_runs_total", Help: "Runs that the broker confirmed and lost, and that were sent again.",
		}),
		terms: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "beat_terms_total", Help: "How often this process has become the leader.",
		}),
	}
	for _, c := range []prometheus.Collector{p.sent, p.lateness, p.failed, p.missed, p.repaired, p.terms} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return p, nil
}

// Sent counts a run and how late it was.
func (p *Prometheus) Sent(r beat.Run, _, _ string, at time.Time) {
	p.sent.Inc()
	p.lateness.Observe(max(0, at.Sub(r.Instant).Seconds()))
}

// Failed counts a run that will not reach a queue.
func (p *Prometheus) Failed(f beat.Failure, _ string) {
	p.failed.WithLabelValues(f.State.String()).Inc()
}

// Missed counts runs that were given up.
func (p *Prometheus) Missed(_ beat.EntryID, _, reason string, n int64) {
	p.missed.WithLabelValues(reason).Add(float64(n))
}

// Repaired counts a run that is sent again because the broker lost it.
func (p *Prometheus) Repaired(beat.Run, string) { p.repaired.Inc() }

// Led counts terms of leadership.
func (p *Prometheus) Led(leading bool, _ int64) {
	if leading {
		p.terms.Inc()
	}
}
