package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/httpapi"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name    string
		health  beat.Health
		path    string
		status  int
		problem string
	}{
		{"leading with nothing due", beat.Health{State: beat.StateLeading}, "/healthz", 200, ""},
		{
			"due work not yet late",
			beat.Health{State: beat.StateLeading, OldestDue: now.Add(-59 * time.Second)},
			"/healthz", 200, "",
		},
		{
			"due work late",
			beat.Health{State: beat.StateLeading, OldestDue: now.Add(-61 * time.Second), Broker: "publish: refused"},
			"/healthz", 503, "the oldest due run is late by 1m1s: publish: refused",
		},
		{
			"a loop that stands still",
			beat.Health{State: beat.StateLeading, LoopStill: 91 * time.Second},
			"/healthz", 503, "its loop has stood still for 1m31s",
		},
		{
			"clocks apart",
			beat.Health{
				State: beat.StateLeading, OldestDue: now.Add(-2 * time.Minute), ClocksApart: true, Skew: time.Hour,
			},
			"/healthz", 503, "the oldest due run is late by 2m0s: the local clock is 1h0m0s ahead of the store's",
		},
		{
			"a leader that cannot fence",
			beat.Health{State: beat.StateFencing, InState: 2 * time.Minute, Broker: "take over: refused"},
			"/healthz", 503, "it has been fencing for 2m0s: take over: refused",
		},
		{"standing by is well", beat.Health{State: beat.StateStandby, InState: time.Hour}, "/healthz", 200, ""},
		{"standing by is ready", beat.Health{State: beat.StateStandby}, "/readyz", 200, ""},
		{
			"standing by without the store",
			beat.Health{State: beat.StateStandby, Store: "ask for the lease: refused"},
			"/readyz", 503, "the store: ask for the lease: refused",
		},
		{"leading is ready", beat.Health{State: beat.StateLeading}, "/readyz", 200, ""},
		{
			"leading without the broker",
			beat.Health{State: beat.StateLeading, Broker: "publish: refused"},
			"/readyz", 503, "the broker: publish: refused",
		},
		{"stopped", beat.Health{State: beat.StateStopped}, "/readyz", 503, "it is stopped"},
		{"stopped is not well", beat.Health{State: beat.StateStopped}, "/healthz", 503, "it does not run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := httpapi.New(httpapi.Config{
				Health: func() beat.Health { return tt.health },
				Now:    func() time.Time { return now },
				Limit:  time.Minute,
			})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, http.NoBody))
			var got struct{ Status, Problem string }
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || got.Problem != tt.problem || (got.Status == "ok") != (tt.status == 200) {
				t.Errorf("got %d %+v, want %d %q", w.Code, got, tt.status, tt.problem)
			}
		})
	}
}

func TestOnlyReads(t *testing.T) {
	t.Parallel()
	h := httpapi.New(httpapi.Config{Health: func() beat.Health { return beat.Health{} }})
	for path, want := range map[string]int{
		"/healthz": http.StatusMethodNotAllowed, "/metrics": http.StatusNotFound, "/": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, http.NoBody))
		if w.Code != want {
			t.Errorf("POST %s is answered by %d, want %d", path, w.Code, want)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9808": "127.0.0.1:9808", ":9808": "127.0.0.1:9808", "0.0.0.0:9808": "0.0.0.0:9808",
		"localhost:1": "localhost:1", "[::]:9": "[::]:9",
	} {
		if got, err := httpapi.Address(text); got != want || err != nil {
			t.Errorf("Address(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "localhost:", "::1:9"} {
		if got, err := httpapi.Address(text); err == nil {
			t.Errorf("Address(%q) = %q, want an error", text, got)
		}
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	h := httpapi.New(httpapi.Config{Health: func() beat.Health { return beat.Health{State: beat.StateLeading} }})
	s, err := httpapi.Start(t.Context(), "127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := httpapi.Start(t.Context(), s.Address(), h); err == nil {
		t.Error("two servers on one address")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address()+"/healthz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("got %s, %v", resp.Status, err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
