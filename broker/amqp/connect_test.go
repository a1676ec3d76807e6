package amqp_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestVirtualHostNames(t *testing.T) {
	t.Parallel()
	base, err := url.Parse(testenv.RabbitMQ(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a/b": "/a/b", "/slash": "//slash", "50% off ä?#": "/50%25%20off%20%C3%A4%3F%23", "plus+": "/plus+",
	} {
		t.Run(name, func(t *testing.T) {
			name += " " + strings.TrimPrefix(base.Path, "/") // of this run
			api(t, http.MethodPut, map[string]string{}, "vhosts", name)
			defer api(t, http.MethodDelete, nil, "vhosts", name)
			through := strings.TrimSuffix(base.String(), base.Path) + path + "%20" + strings.TrimPrefix(base.Path, "/")
			p := open(t, through, amqp.Config{})
			out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
			checkStates(t, out, err, confirmed)
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	tap, through := newWiretap(t, testenv.RabbitMQ(t))
	if err := open(t, through, amqp.Config{}).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range tap.methods() {
		if m["method"] == "connection.tune-ok" && m["heartbeat"] != uint16(2) {
			t.Errorf("got heartbeat %v, want 2 s", m["heartbeat"])
		}
	}
}

func TestClientProperties(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	for name, tt := range map[string]struct {
		given, want map[string]string
	}{
		"default": {nil, map[string]string{"product": "gobeat", "connection_name": "beat"}},
		"told":    {map[string]string{"connection_name": "mail", "x": "y"}, map[string]string{"product": "gobeat", "connection_name": "mail", "x": "y"}},
	} {
		tap, through := newWiretap(t, url)
		if err := open(t, through, amqp.Config{ClientProperties: tt.given}).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := tap.methods()[0]["client_properties"].(map[string]any)
		for property, want := range tt.want {
			if got[property] != want {
				t.Errorf("%s: got %s %v, want %s", name, property, got[property], want)
			}
		}
		if got["capabilities"] == nil {
			t.Errorf("%s: got no capabilities", name)
		}
	}
}

func TestLoginMethods(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	for _, tt := range []struct{ setting, argument, want string }{
		{"", "", "PLAIN"},
		{"amqplain", "", "AMQPLAIN"},
		{"", "?login_method=AMQPLAIN", "AMQPLAIN"},
		{"EXTERNAL", "?login_method=PLAIN", "PLAIN"},
	} {
		tap, through := newWiretap(t, of)
		err := open(t, through+tt.argument, amqp.Config{LoginMethod: tt.setting}).Check(t.Context())
		if err != nil {
			t.Errorf("%s%s: %v", tt.setting, tt.argument, err)
			continue
		}
		if got := tap.methods()[0]["mechanism"]; got != tt.want {
			t.Errorf("%s%s: got %v, want %s", tt.setting, tt.argument, got, tt.want)
		}
	}
	err := open(t, of, amqp.Config{LoginMethod: "EXTERNAL"}).Check(t.Context())
	if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "EXTERNAL") {
		t.Errorf("got %v from a server without EXTERNAL, want that it is named", err)
	}
}

// TestShuffle wants that all brokers get their turn in each round, the first one first.
func TestShuffle(t *testing.T) {
	t.Parallel()
	live := testenv.RabbitMQ(t)
	dead := "amqp://127.0.0.1:1//;amqp://127.0.0.1:2//;amqp://127.0.0.1:3//"
	for range 5 {
		p := open(t, dead+";"+live, amqp.Config{Failover: amqp.Shuffle})
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
		checkStates(t, out, err, confirmed)
	}
	p := open(t, dead, amqp.Config{Failover: amqp.Shuffle})
	orders := map[string]bool{}
	for range 50 {
		err := p.Check(t.Context())
		if !errors.Is(err, message.ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		var ports []string
		for line := range strings.SplitSeq(err.Error(), "\n") {
			_, rest, _ := strings.Cut(line, "@127.0.0.1:")
			ports = append(ports, rest[:1])
		}
		order := strings.Join(ports, "")
		if strings.Count(order, "1") != 1 || strings.Count(order, "2") != 1 || strings.Count(order, "3") != 1 {
			t.Fatalf("got order %s, want each once", order)
		}
		if len(orders) == 0 && order[0] != '1' {
			t.Errorf("got %s first, want 1", order)
		}
		orders[order] = true
	}
	if len(orders) < 3 {
		t.Errorf("got %d orders in 50 rounds", len(orders))
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		config amqp.Config
		want   string
	}{
		{"Kerberos", amqp.Config{LoginMethod: "GSSAPI"}, "Kerberos"},
		{"unknown login", amqp.Config{LoginMethod: "DIGEST"}, `"DIGEST" is not one of PLAIN, AMQPLAIN, EXTERNAL`},
		{"failover", amqp.Config{Failover: "random"}, `"random" is not one of round-robin, shuffle`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			urls, err := broker.Parse("amqp://h//")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := amqp.New(urls, tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
