package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestHeartbeatIsOptional(t *testing.T) {
	t.Parallel()
	a := &App{}
	if h := a.heartbeat(&config.Config{}); h != nil {
		t.Errorf("got %+v, want none by default", h)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for deployment, want := range map[string]string{"": "beat@" + host, "billing": "billing@" + host} {
		h := a.heartbeat(&config.Config{Beat: config.Beat{SendHeartbeats: true, Deployment: deployment}})
		if h.Hostname != want || h.Version == "" {
			t.Errorf("deployment %q is listed as %s, version %q; want %s", deployment, h.Hostname, h.Version, want)
		}
	}
}

func TestHeartbeatOfATenant(t *testing.T) {
	t.Parallel()
	c := config.Config{Tenants: config.Tenants{Schemas: []string{"shop"}}, Beat: config.Beat{SendHeartbeats: true}}
	c = c.Of("shop")
	if h := (&App{}).heartbeat(&c); !strings.HasPrefix(h.Hostname, "beat:shop@") {
		t.Errorf("listed as %s", h.Hostname)
	}
}

func TestLoadAverages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]float64{
		"0.52 1.25 12.00 2/345 6789\n": {0.52, 1.25, 12},
		"":                             {},
		"odd":                          {},
	} {
		if got := parseLoad(text); got != want {
			t.Errorf("%s: got %v, want %v", strings.TrimSpace(text), got, want)
		}
	}
}
