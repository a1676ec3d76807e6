package redis_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestExpiringQueueAsKombu lets kombu and a publisher send to a queue with x-expires, and compares commands and keys.
func TestExpiringQueueAsKombu(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	const program = `
import sys
from kombu import Connection, Exchange, Queue
with Connection(sys.argv[1]) as connection:
    for name, expires in ("exp", 60), ("lasting", None):
        queue = Queue(name, Exchange("ex"), routing_key=name, expires=expires)
        with connection.Producer() as producer:
            producer.publish("x", exchange=queue.exchange, routing_key=name, declare=[queue], priority=3)
`
	type result struct {
		keys     []string
		expiring []string // keys with a time to live
		bindings []string
		deadline bool
	}
	look := func(url string) (out result) {
		db, ctx := client(t, url), t.Context()
		keys, err := db.Keys(ctx, "*").Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if strings.HasPrefix(key, "_beat.") {
				continue
			}
			out.keys = append(out.keys, key)
			ttl, err := db.PTTL(ctx, key).Result()
			if err != nil {
				t.Fatal(err)
			}
			if ttl > 0 && ttl.Seconds() > 55 && ttl.Seconds() <= 60 {
				out.expiring = append(out.expiring, key)
			}
		}
		for _, set := range []string{"_kombu.binding.ex", "_kombu.binding_permanent.ex"} {
			members, err := db.SMembers(ctx, set).Result()
			if err != nil {
				t.Fatal(err)
			}
			out.bindings = append(out.bindings, members...)
		}
		now, err := db.Time(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		score, err := db.ZScore(ctx, "_kombu.binding_deadlines", "ex").Result()
		left := score/1000 - float64(now.Unix())
		out.deadline = err == nil && left > 3590 && left < 3610
		for _, list := range [][]string{out.keys, out.expiring, out.bindings} {
			slices.Sort(list)
		}
		return out
	}
	theirs, ours := testenv.Redis(t), testenv.Redis(t)
	python.Run(t, t.TempDir(), nil, "-c", program, theirs)
	p := open(t, ours, redis.Config{})
	b := brokertest.Batch("exp", 2)
	for i, queue := range []string{"exp", "lasting"} {
		env := &b.Messages[i]
		env.Exchange, env.RoutingKey, env.Priority = "ex", queue, 3
		env.Declare = &message.Queue{Name: queue, Exchange: "ex", ExchangeType: "direct", RoutingKey: queue}
	}
	b.Messages[0].Declare.Arguments = []message.Header{{Key: "x-expires", Value: json.RawMessage("60000")}}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 2 {
		t.Fatalf("got %v and %v, want that both are confirmed", out, err)
	}
	want, got := look(theirs), look(ours)
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Errorf("got %+v, want as kombu has it %+v", got, want)
	}
	if len(want.expiring) != 1 || !want.deadline || len(want.bindings) != 3 {
		t.Errorf("got %+v of kombu, want a list that expires, a deadline and three members", want)
	}
}
