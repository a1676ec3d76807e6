package amqp_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	authority, stranger := testenv.NewAuthority(t), testenv.NewAuthority(t)
	cert, key := authority.Issue(t, "beat")
	strangeCert, strangeKey := stranger.Issue(t, "beat")
	s := testenv.StartRabbitMQTLS(t, authority)
	ok := broker.TLS{CAFile: authority.CA, CertFile: cert, KeyFile: key}
	tests := []struct {
		name  string
		login string
		tls   func(broker.TLS) broker.TLS
		want  string // part of the error; empty: it works
	}{
		{"certificate and password", "PLAIN", func(c broker.TLS) broker.TLS { return c }, ""},
		{"AMQPLAIN", "AMQPLAIN", func(c broker.TLS) broker.TLS { return c }, ""},
		{"user by certificate", "EXTERNAL", func(c broker.TLS) broker.TLS { return c }, ""},
		{"another name, told", "", func(c broker.TLS) broker.TLS { c.ServerName = "rabbit.test"; return c }, ""},
		{"another name", "", func(c broker.TLS) broker.TLS { c.ServerName = "other.test"; return c }, "other.test"},
		{"any name", "", func(c broker.TLS) broker.TLS { c.ServerName, c.AnyName = "other.test", true; return c }, ""},
		{"server not trusted", "", func(c broker.TLS) broker.TLS { c.CAFile = stranger.CA; return c }, "unknown authority"},
		{"server not verified", "", func(c broker.TLS) broker.TLS { c.CAFile, c.Insecure = stranger.CA, true; return c }, ""},
		{"no certificate", "", func(c broker.TLS) broker.TLS { c.CertFile, c.KeyFile = "", ""; return c }, "certificate required"},
		{
			"foreign certificate", "", func(c broker.TLS) broker.TLS { c.CertFile, c.KeyFile = strangeCert, strangeKey; return c },
			"unknown certificate authority",
		},
		{"missing file", "", func(c broker.TLS) broker.TLS { c.CAFile = "missing.pem"; return c }, "missing.pem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			urls, err := broker.Parse(s.URL())
			if err != nil {
				t.Fatal(err)
			}
			settings := tt.tls(ok)
			urls[0].TLS = &settings
			p, err := amqp.New(urls, amqp.Config{LoginMethod: tt.login})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
			if tt.want == "" {
				checkStates(t, out, err, confirmed)
				return
			}
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
	t.Run("url arguments", func(t *testing.T) {
		url := s.URL() + "?ssl_ca_certs=" + authority.CA + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key + "&login_method=EXTERNAL"
		out, err := open(t, url, amqp.Config{}).Publish(t.Context(), brokertest.Batch("q", 1))
		checkStates(t, out, err, confirmed)
	})
	t.Run("user that does not exist", func(t *testing.T) {
		cert, key := authority.Issue(t, "nobody")
		url := s.URL() + "?ssl_ca_certs=" + authority.CA + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key
		err := open(t, url+"&connect_timeout=60", amqp.Config{LoginMethod: "external"}).Check(t.Context())
		if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "not allowed") {
			t.Errorf("got %v, want that access is refused", err)
		}
	})
	t.Run("suite", func(t *testing.T) {
		url := s.URL() + "?ssl_ca_certs=" + authority.CA + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key
		p := open(t, url, amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(1)); err != nil {
			t.Fatal(err)
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("many", 2000))
		checkStates(t, out, err, confirmed)
	})
}

// TestDialTimeout has a server that accepts connections and says nothing.
func TestDialTimeout(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"amqp", "amqps"} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		start := time.Now()
		err = open(t, scheme+"://"+l.Addr().String()+"//?connect_timeout=0.2", amqp.Config{}).Check(t.Context())
		if took := time.Since(start); !errors.Is(err, message.ErrUnavailable) || took > 30*time.Second {
			t.Errorf("%s: got %v after %v, want ErrUnavailable after 0.2 s", scheme, err, took)
		}
	}
}
