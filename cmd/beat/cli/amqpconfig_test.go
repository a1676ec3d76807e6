package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestAMQPConfig(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"CELERY_BROKER_CONNECTION_TIMEOUT": "2.5", "CELERY_BROKER_LOGIN_METHOD": "amqplain",
		"CELERY_BROKER_FAILOVER_STRATEGY": "shuffle",
		"CELERY_BROKER_TRANSPORT_OPTIONS": `{"client_properties": {"connection_name": "beat of mail"}, "max_retries": 3}`,
	}
	cfg, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) { v, ok := values[name]; return v, ok }})
	if err != nil || len(cfg.Warnings()) != 0 {
		t.Fatalf("got %v, warnings %q", err, cfg.Warnings())
	}
	want := amqp.Config{
		DialTimeout: 2500 * time.Millisecond, LoginMethod: "AMQPLAIN", Failover: amqp.Shuffle,
		ClientProperties: map[string]string{"connection_name": "beat of mail"},
	}
	if diff := cmp.Diff(want, amqpConfig(cfg, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(amqp.Config{Failover: amqp.RoundRobin}, amqpConfig(config.Default(), nil)); diff != "" {
		t.Errorf("by default (-want +got)\n%s", diff)
	}
}
