package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestWrongTransportOptions(t *testing.T) {
	t.Parallel()
	tests := []struct{ options, want string }{
		{`{"body_encoding": "latin-1"}`, "has a wrong body_encoding: it is not one of base64, utf-8"},
		{`{"max_connections": -1}`, "has a wrong max_connections: it is negative"},
		{`{"max_connections": "many"}`, "has a wrong max_connections: it is not a whole number"},
		{`{"min_other_sentinels": 1.5}`, "has a wrong min_other_sentinels: it is not a whole number"},
		{`{"socket_timeout": "soon"}`, "has a wrong socket_timeout: it is not a number of seconds"},
		{`{"socket_connect_timeout": -1}`, "has a wrong socket_connect_timeout: it is not between 0 and"},
		{`{"socket_keepalive": "sometimes"}`, "has a wrong socket_keepalive: it is not true or false"},
		{`{"global_keyprefx": "x"}`, "has a wrong global_keyprefx: it is not known; did you mean global_keyprefix?"},
		{`{"visibilty_timeout": 1}`, "did you mean visibility_timeout?"},
		{`{"sentinel_fanout_compat": true}`, "has a wrong sentinel_fanout_compat: it is not supported"},
		{`{"credential_provider": "a.B"}`, "has a wrong credential_provider: it is not supported"},
		{`{"sentinel_kwargs": "x"}`, "has a wrong sentinel_kwargs: it is not an object"},
		{`{"sentinel_kwargs": {"ssl": 2.5, "password": "hunter2"}}`, "has a wrong sentinel_kwargs: it has a wrong ssl: it is not true or false"},
		{`{"sentinel_kwargs": {"ssl_cert_reqs": "x", "password": "hunter2"}}`, "it has a wrong ssl_cert_reqs: it is not one of required"},
		{`{"sentinel_kwargs": {"pasword": "hunter2"}}`, "it has a wrong pasword: it is unknown"},
		{`{"sentinel_kwargs": {"password": "hunter2"}`, "is not an object"},
		{`{"password": "hunter2", "priority_steps": 1}`, "has a wrong priority_steps: it is not a list"},
	}
	for _, tt := range tests {
		_, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_BROKER_TRANSPORT_OPTIONS": tt.options})})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q and no password", tt.options, err, tt.want)
		}
	}
}

func TestOptionsOfOtherTransports(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"CELERY_BROKER_TRANSPORT_OPTIONS": `{"region": "eu-central-1", "queue_name_prefix": "x", "socket_read_timeout": 3, "ssl": true}`,
	})})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Transport{}, c.Broker.Transport); diff != "" {
		t.Errorf("they had an effect (-want +got)\n%s", diff)
	}
}

func TestPasswordOfSentinelsInTheClear(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]int{
		`{"master_name": "m", "sentinel_kwargs": {"password": "hunter2"}}`:              1,
		`{"master_name": "m", "sentinel_kwargs": {"password": "hunter2", "ssl": true}}`: 0,
		`{"master_name": "m", "sentinel_kwargs": {"username": "u"}}`:                    0,
	} {
		values := map[string]string{
			"CELERY_BROKER_URL": "sentinel://localhost;sentinel://h", "CELERY_BROKER_TRANSPORT_OPTIONS": options,
		}
		c, err := config.Load(config.Sources{LookupEnv: env(values)})
		if err != nil || len(c.Warnings()) != want {
			t.Errorf("%s: got %v and %q, want %d warnings", options, err, c.Warnings(), want)
		}
		values["BEAT_STRICT"], values["BEAT_ALLOW_TASKS"] = "true", "proj.*"
		_, err = config.Load(config.Sources{LookupEnv: env(values)})
		if (err != nil) != (want == 1) || err != nil && !strings.Contains(err.Error(), "sentinel_kwargs") {
			t.Errorf("%s: got %v when strict", options, err)
		}
	}
}

func TestTransportIsShownWithoutPassword(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_BROKER_TRANSPORT_OPTIONS": `{
		"master_name": "m", "fanout_prefix": false, "socket_keepalive": true, "client_name": "b",
		"sentinel_kwargs": {"username": "u", "password": "hunter2", "ssl": true, "ssl_cert_reqs": "none"}}`})})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c.Settings())
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%s %v %+v %#v", text, c, c.Broker, c.Broker.Transport.Sentinel); strings.Contains(shown, "hunter2") {
		t.Errorf("the password is shown: %s", shown)
	}
	for _, s := range c.Settings() {
		if s.Name != "broker_transport_options" {
			continue
		}
		want := map[string]any{
			"master_name": "m", "fanout_prefix": false, "client_name": "b", "sentinel_kwargs": map[string]any{
				"username": "u", "password": config.Password("hunter2"), "ssl": true, "ssl_cert_reqs": "none",
			},
		}
		if diff := cmp.Diff(want, s.Value); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
