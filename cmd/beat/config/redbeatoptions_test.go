package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func redBeat(t *testing.T, values map[string]string) (config.Config, error) {
	t.Helper()
	values["BEAT_SCHEDULER"] = "redbeat.RedBeatScheduler"
	return config.Load(config.Sources{LookupEnv: env(values)})
}

// TestRedBeatSentinels: the URL of RedBeat leaves the addresses to its options.
func TestRedBeatSentinels(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]struct {
		url      string
		sentinel config.Sentinel
	}{
		`{"sentinels": [["a", 26379], ["::1", "26380"]], "service_name": "m", "password": "hunter2", "db": 3,
			"socket_timeout": 0.1, "retry_period": 60, "sentinel_kwargs": {"password": "hunter3"}}`: {
			"sentinel://:hunter2@a:26379/3;sentinel://:hunter2@[::1]:26380/3", config.Sentinel{Master: "m", Password: "hunter3"},
		},
		`{"sentinels": [["a", 26379]]}`: {"sentinel://a:26379/0", config.Sentinel{Master: "master"}},
	} {
		c, err := redBeat(t, map[string]string{
			"CELERY_REDBEAT_REDIS_URL": "redis-sentinel://a:26379/0", "CELERY_REDBEAT_REDIS_OPTIONS": options,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Database.URL.Reveal(); got != want.url {
			t.Errorf("URL %s, want %s", got, want.url)
		}
		if d := cmp.Diff(want.sentinel, c.Database.Sentinel); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		text, err := json.Marshal(c.Settings())
		if err != nil {
			t.Fatal(err)
		}
		if shown := fmt.Sprintf("%s %v %+v %#v", text, c, c.Database, c.Beat.RedBeat); strings.Contains(shown, "hunter") {
			t.Errorf("a password is shown: %s", shown)
		}
	}
}

func TestRedBeatSentinelsRefused(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]string{
		`{}`: "must name the sentinels that redis-sentinel://a:26379/0 leaves to it",
		`{"sentinels": [], "password": "hunter2"}`:          "is not a list of pairs",
		`{"sentinels": ["a:26379"], "password": "hunter2"}`: "is not a list of pairs",
		`{"sentinels": [["a", 0]]}`:                         "is not a list of pairs",
		`{"sentinels": [["", 1]]}`:                          "is not a list of pairs",
		`{"startup_nodes": [{"host": "a"}]}`:                "names a cluster",
		`{"sentinels": [["a", 1]], "pasword": "hunter2"}`:   "has a wrong pasword: it is not known",
		`[]`: "is not an object",
	} {
		_, err := redBeat(t, map[string]string{
			"CELERY_REDBEAT_REDIS_URL": "redis-sentinel://a:26379/0", "CELERY_REDBEAT_REDIS_OPTIONS": options,
		})
		if err == nil || !strings.Contains(err.Error(), "redbeat_redis_options") || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q about redbeat_redis_options and no password", options, err, want)
		}
	}
}

func TestSentinelsOfTheDatabase(t *testing.T) {
	t.Parallel()
	of := `{"master_name": "m", "sentinel_kwargs": {"password": "hunter2"}}`
	want := config.Sentinel{Master: "m", Password: "hunter2"}
	own, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"BEAT_DATABASE_URL": "sentinel://a;sentinel://b", "BEAT_DATABASE_SENTINEL": of,
	})})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := redBeat(t, map[string]string{"CELERY_BROKER_URL": "sentinel://a", "CELERY_BROKER_TRANSPORT_OPTIONS": of})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]config.Config{"of its own": own, "of the broker": shared} {
		if d := cmp.Diff(want, c.Database.Sentinel); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	_, err = config.Load(config.Sources{LookupEnv: env(map[string]string{"BEAT_DATABASE_SENTINEL": `{"name": "hunter2"}`})})
	if err == nil || !strings.Contains(err.Error(), "has a wrong name: it is not known") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an unknown option: %v", err)
	}
}
