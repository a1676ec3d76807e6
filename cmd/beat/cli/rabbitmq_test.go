package cli_test

import (
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/cmd/beat/cli"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/internal/testenv"
)

// checkBroker connects to the broker of the settings, as a scheduler does.
func checkBroker(t *testing.T, pairs ...string) error {
	t.Helper()
	e := newEnviron(pairs...)
	cfg, err := config.Load(config.Sources{LookupEnv: e.lookup})
	if err != nil {
		t.Fatal(err)
	}
	if w := cfg.Warnings(); len(w) > 0 {
		t.Fatalf("got warnings %q", w)
	}
	app := &cli.App{Out: t.Output(), Err: t.Output(), LookupEnv: e.lookup}
	p, err := app.OpenPublisher(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	return p.Check(t.Context())
}

// TestRabbitMQSettings reaches a broker that takes only those in whose certificate it trusts.
func TestRabbitMQSettings(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	s := testenv.StartRabbitMQTLS(t, authority)
	cert, key := authority.Issue(t, "beat") // the name of the broker's user
	ssl, err := json.Marshal(map[string]any{"ca_certs": authority.CA, "certfile": cert, "keyfile": key, "cert_reqs": 2})
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.URL(), "amqps://beat:beat@")
	arguments := "?ssl_ca_certs=" + authority.CA + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key
	const timeout, method = "CELERY_BROKER_CONNECTION_TIMEOUT", "CELERY_BROKER_LOGIN_METHOD"
	tests := []struct {
		name  string
		pairs []string
		want  string // part of the error; empty: it works
	}{
		{"all settings", []string{"CELERY_BROKER_URL", "amqp://" + host, "CELERY_BROKER_USE_SSL", string(ssl), method, "EXTERNAL"}, ""},
		{"amqps and settings", []string{"CELERY_BROKER_URL", "amqps://" + host, "CELERY_BROKER_USE_SSL", string(ssl), method, "external"}, ""},
		{"arguments", []string{"CELERY_BROKER_URL", "amqps://" + host + arguments + "&login_method=EXTERNAL"}, ""},
		{"argument wins over setting", []string{
			"CELERY_BROKER_URL", "amqps://" + host + arguments + "&login_method=EXTERNAL", method, "PLAIN",
		}, ""},
		{"transport option wins", []string{
			"CELERY_BROKER_URL", "amqps://" + host + arguments + "&login_method=PLAIN",
			"CELERY_BROKER_TRANSPORT_OPTIONS", `{"login_method": "EXTERNAL", "confirm_publish": true}`,
		}, ""},
		{"wrong method", []string{"CELERY_BROKER_URL", "amqps://" + host + arguments + "&connect_timeout=60"}, "not allowed"},
		{"verified by default", []string{"CELERY_BROKER_URL", "amqps://" + host}, "unknown authority"},
		{"next of a list", []string{
			"CELERY_BROKER_URL", "amqps://127.0.0.1:1//;amqps://" + host, "CELERY_BROKER_FAILOVER_STRATEGY", "shuffle",
			"CELERY_BROKER_USE_SSL", string(ssl), method, "EXTERNAL",
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkBroker(t, append(tt.pairs, timeout, "30")...)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestSilentRabbitMQ has a broker that accepts connections and says nothing.
func TestSilentRabbitMQ(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct{ setting, argument string }{{"0.2", ""}, {"3600", "?connect_timeout=0.2"}} {
		start := time.Now()
		err := checkBroker(t, "CELERY_BROKER_CONNECTION_TIMEOUT", tt.setting,
			"CELERY_BROKER_URL", "amqp://"+l.Addr().String()+"//"+tt.argument)
		if took := time.Since(start); !errors.Is(err, message.ErrUnavailable) || took > time.Minute {
			t.Errorf("%+v: got %v after %v, want ErrUnavailable after 0.2 s", tt, err, took)
		}
	}
}
