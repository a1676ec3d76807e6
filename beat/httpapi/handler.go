package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Config says what is served.
type Config struct {
	Health  func() beat.Health
	Now     func() time.Time // the clock of the beat; nil: time.Now
	Limit   time.Duration    // how late due work may be; 0: beat.DefaultUnhealthyAfter
	Metrics http.Handler     // nil: there is no /metrics
}

// New returns the handler of all paths.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Limit == 0 {
		c.Limit = beat.DefaultUnhealthyAfter
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h := c.Health()
		answer(w, h, h.Problem(c.Now(), c.Limit))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		h := c.Health()
		answer(w, h, unready(&h))
	})
	if c.Metrics != nil {
		mux.Handle("GET /metrics", c.Metrics)
	}
	return mux
}

// unready says why a beat neither leads nor could take over.
func unready(h *beat.Health) string {
	switch {
	case h.State == beat.StateLeading && h.Broker != "":
		return "the broker: " + h.Broker
	case h.State == beat.StateLeading, h.State == beat.StateStandby && h.Store == "":
		return ""
	case h.Store != "":
		return "the store: " + h.Store
	}
	return "it is " + string(h.State)
}

// report is the body of an answer.
type report struct {
	Status  string `json:"status"` // ok or failing
	Problem string `json:"problem,omitempty"`
	beat.Health
}

func answer(w http.ResponseWriter, h beat.Health, problem string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	r := report{Status: "ok", Problem: problem, Health: h}
	if problem != "" {
		r.Status = "failing"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// Nothing can be done about a client that has gone.
	_ = json.NewEncoder(w).Encode(r)
}
