package redisstore_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/broker/redisdial"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config redisstore.Config
		want   string
	}{
		"no URL":         {redisstore.Config{}, "database URL"},
		"another kind":   {redisstore.Config{URL: "amqp://guest:hunter2@localhost//"}, "none of Redis"},
		"no master":      {redisstore.Config{URL: "sentinel://:hunter2@localhost:26379"}, "needs master_name"},
		"no sentinel":    {redisstore.Config{URL: "redis://:hunter2@a", Sentinel: redisdial.Sentinel{Master: "m"}}, "go with sentinel://"},
		"two servers":    {redisstore.Config{URL: "redis://:hunter2@a;redis://:hunter2@b"}, "2 servers"},
		"no connections": {redisstore.Config{URL: "redis://localhost", MaxConns: -1}, "max conns is -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := redisstore.Open(c.config)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Open = %v, want an error with %q and no password", err, c.want)
			}
		})
	}
}

func TestDurableIsWhatRedisKeeps(t *testing.T) {
	t.Parallel()
	for _, appendOnly := range []string{"yes", "no"} {
		s := open(t, redisstore.Config{URL: testenv.StartRedis(t, "--appendonly", appendOnly).URL()})
		if got := s.Features().Durable; got != (appendOnly == "yes") {
			t.Errorf("durable is %v with appendonly %s", got, appendOnly)
		}
	}
}
