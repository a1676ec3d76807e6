package cli

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestRedisConfig(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"CELERY_BROKER_URL": "sentinel://a;sentinel://b", "CELERY_BROKER_CONNECTION_TIMEOUT": "2.5",
		"CELERY_BROKER_TRANSPORT_OPTIONS": `{
			"global_keyprefix": "{beat}", "sep": ":", "priority_steps": [0, 5], "deadletter_queue": "dead",
			"fanout_prefix": "/x.", "fanout_patterns": false, "body_encoding": "utf-8",
			"master_name": "m", "min_other_sentinels": 1,
			"sentinel_kwargs": {"username": "u", "password": "hunter2", "ssl": true, "ssl_ca_certs": "ca", "socket_timeout": 1},
			"socket_timeout": 7.5, "socket_connect_timeout": null, "socket_keepalive": false, "max_connections": 3,
			"client_name": "beat-1", "visibility_timeout": 3600, "ack_emulation": true, "unacked_key": "u",
			"unacked_restore_limit": null, "queue_order_strategy": "sorted", "retry_on_timeout": true,
			"health_check_interval": 10, "socket_keepalive_options": {"4": 60}, "reauth_check_interval": 5,
			"sentinel_fanout_compat": false, "credential_provider": null, "of_somebody_else": 1
		}`,
	}
	cfg, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) { v, ok := values[name]; return v, ok }})
	if err != nil || len(cfg.Warnings()) != 0 {
		t.Fatalf("got %v, warnings %q", err, cfg.Warnings())
	}
	want := redis.Config{
		KeyPrefix: "{beat}", Sep: ":", PrioritySteps: []int{0, 5}, DeadLetterQueue: "dead", FanoutPrefix: "/x.",
		NoFanoutPatterns: true, BodyUTF8: true,
		Sentinel: redis.Sentinel{
			Master: "m", MinOthers: 1, User: "u", Password: "hunter2", TLS: &broker.TLS{CAFile: "ca"},
		},
		DialTimeout: 2500 * time.Millisecond, Timeout: 7500 * time.Millisecond, NoKeepAlive: true, MaxConns: 3, ClientName: "beat-1",
	}
	if diff := cmp.Diff(want, redisConfig(cfg, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(redis.Config{}, redisConfig(config.Default(), nil)); diff != "" {
		t.Errorf("by default (-want +got)\n%s", diff)
	}
	if pub, err := new(App).openPublisher(cfg, nil); err != nil {
		t.Error(err)
	} else if err := pub.Close(); err != nil {
		t.Error(err)
	}
}

func TestTLSOfRedis(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"CELERY_BROKER_URL": "rediss://h/1;rediss://i/1?ssl_cert_reqs=none",
		"CELERY_BROKER_USE_SSL": `{"ssl_cert_reqs": 2, "ssl_ca_certs": "ca", "ssl_certfile": "c", "ssl_keyfile": "k",
			"ssl_check_hostname": false, "ssl_min_version": "TLSv1_3", "ssl_password": null}`,
	}
	cfg, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) { v, ok := values[name]; return v, ok }})
	if err == nil {
		_, err = cfg.URLs()
	}
	if err != nil {
		t.Fatal(err)
	}
	urls, _ := cfg.URLs()
	want := []*broker.TLS{
		{CAFile: "ca", CertFile: "c", KeyFile: "k", AnyName: true, MinVersion: tls.VersionTLS13},
		{Insecure: true}, // arguments of a URL win over all of the setting
	}
	if diff := cmp.Diff(want, []*broker.TLS{urls[0].TLS, urls[1].TLS}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
