package config_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Brokers piece by piece, as kombu completes them: what the URL says itself wins.
func TestBrokerParts(t *testing.T) {
	t.Parallel()
	all := map[string]string{"BROKER_USER": "u@x", "BROKER_PASSWORD": "p/w:", "BROKER_PORT": "5673", "BROKER_VHOST": "/app"}
	for _, tt := range []struct {
		name string
		env  map[string]string
		with map[string]string
		want string
	}{
		{"nothing", nil, nil, "amqp://guest:guest@localhost:5672//"},
		{"all but a host", nil, all, "amqp://u%40x:p%2Fw%3A@localhost:5673/%2Fapp"},
		{"a host", map[string]string{"BROKER_HOST": "mq"}, all, "amqp://u%40x:p%2Fw%3A@mq:5673/%2Fapp"},
		{"a host alone", map[string]string{"CELERY_BROKER_HOST": "mq"}, nil, "amqp://mq/"},
		{"a URL as host", map[string]string{"BROKER_HOST": "redis://h/1"}, map[string]string{"BROKER_PASSWORD": "x"}, "redis://:x@h/1"},
		{"a host as URL", map[string]string{"BROKER_URL": "mq"}, map[string]string{"BROKER_USER": "u"}, "amqp://u@mq/"},
		{
			"redis",
			map[string]string{"BROKER_TRANSPORT": "redis", "BROKER_HOST": "h"},
			map[string]string{"BROKER_PORT": "6380", "BROKER_VHOST": "/3", "BROKER_PASSWORD": "x"},
			"redis://:x@h:6380/3",
		},
		{"redis, by the oldest name", map[string]string{"BROKER_BACKEND": "redis", "BROKER_HOST": "h"}, nil, "redis://h/"},
		{"a whole URL", map[string]string{"BROKER_URL": "amqp://a:b@c:1/d"}, all, "amqp://a:b@c:1/d"},
		{"a URL and a host", map[string]string{"BROKER_URL": "amqp://a:b@c:1/d", "BROKER_HOST": "mq"}, nil, "amqp://a:b@c:1/d"},
		{"the slash of a virtual host", map[string]string{"BROKER_URL": "amqp://c//"}, all, "amqp://u%40x:p%2Fw%3A@c:5673//"},
		{"a user without password", map[string]string{"BROKER_URL": "amqp://a@c"}, all, "amqp://a:p%2Fw%3A@c:5673/%2Fapp"},
		{"several, with arguments", map[string]string{"BROKER_URL": "amqp://a;amqp://b:1?heartbeat=1"}, map[string]string{"BROKER_USER": "u", "BROKER_PORT": "2"}, "amqp://u@a:2/;amqp://u@b:1/?heartbeat=1"},
		{"an address", map[string]string{"BROKER_URL": "amqp://[::1]/"}, map[string]string{"BROKER_PORT": "2"}, "amqp://[::1]:2/"},
		{"a socket", map[string]string{"BROKER_URL": "redis+socket:///run/redis"}, all, "redis+socket:///run/redis"},
		{"a service of Kubernetes", map[string]string{"BROKER_URL": "amqp://a/"}, map[string]string{"BROKER_PORT": "tcp://10.0.0.1:5672"}, "amqp://a/"},
	} {
		vars := map[string]string{}
		for _, m := range []map[string]string{tt.env, tt.with} {
			maps.Copy(vars, m)
		}
		c, err := config.Load(config.Sources{LookupEnv: env(vars)})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := c.Broker.URL.Reveal(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if urls, err := c.URLs(); err != nil || len(urls) == 0 {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestBrokerPartsFromAFile(t *testing.T) {
	t.Parallel()
	secret := write(t, "password", "s3cret\n")
	file := write(t, "beat.yaml", "BROKER_HOST: mq\nBROKER_PORT: 5673\nBROKER_USER: u\nBROKER_VHOST: null\nbroker_write_url: amqp://w/v\n")
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"BEAT_CONFIG": file, "BROKER_PASSWORD_FILE": secret})})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Broker.Effective().Reveal(), "amqp://u:s3cret@w:5673/v"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, s := range c.Settings() {
		if text := fmt.Sprint(s.Value); strings.Contains(text, "s3cret") {
			t.Errorf("%s shows the password: %s", s.Name, text)
		}
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0], "sends a password to another host without TLS") {
		t.Errorf("warnings %q", w)
	}
	file = write(t, "beat.yaml", "broker_host: mq\nbroker_port: 5673\n")
	if c, err = config.Load(config.Sources{LookupEnv: env(map[string]string{"BEAT_CONFIG": file})}); err != nil {
		t.Fatal(err)
	}
	if got := c.Origin("broker_url"); got != "file "+file {
		t.Errorf("broker_url comes from %s", got)
	}
	file = write(t, "beat.yaml", "broker_port: tcp\n")
	_, err = config.Load(config.Sources{LookupEnv: env(map[string]string{"BEAT_CONFIG": file})})
	if err == nil || !strings.Contains(err.Error(), `broker_port: "tcp" (file `+file+`) is not a port`) {
		t.Errorf("got %v", err)
	}
}
