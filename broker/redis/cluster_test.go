package redis_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// inOneSlot is the setting without which a cluster is refused.
func inOneSlot() redis.Config { return redis.Config{KeyPrefix: "{beat}"} }

func urls(nodes []*server.Server) string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.URL()
	}
	return strings.Join(out, ";")
}

func clusterClient(t testing.TB, nodes []*server.Server) *goredis.ClusterClient {
	t.Helper()
	var addresses []string
	for _, n := range nodes {
		addresses = append(addresses, address(n))
	}
	c := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addresses})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func address(n *server.Server) string {
	return strings.TrimSuffix(strings.TrimPrefix(n.URL(), "redis://"), "/0")
}

func TestSuiteCluster(t *testing.T) {
	nodes := testenv.StartRedisCluster(t)
	db := clusterClient(t, nodes)
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		flush := func(ctx context.Context, c *goredis.Client) error { return c.FlushAll(ctx).Err() }
		if err := db.ForEachMaster(t.Context(), flush); err != nil {
			t.Fatal(err)
		}
		return harnessOf(db, urls(nodes), inOneSlot())
	}, goleak.IgnoreAnyFunction("github.com/gobeat/gobeat/internal/testenv/process.(*Process).run"), goleak.IgnoreCurrent())
}

func TestClusterRefuses(t *testing.T) {
	t.Parallel()
	nodes := testenv.StartRedisCluster(t)
	sentinel := redis.Config{KeyPrefix: "{beat}", Sentinel: redis.Sentinel{Master: "m"}}
	tests := []struct {
		name, url string
		config    redis.Config
		want      string
	}{
		{"no tag", nodes[0].URL(), redis.Config{}, "set global_keyprefix"},
		{"empty tag", nodes[0].URL(), redis.Config{KeyPrefix: "{}beat"}, "set global_keyprefix"},
		{"database", strings.TrimSuffix(nodes[0].URL(), "0") + "1", inOneSlot(), "only database 0"},
		{"sentinel", strings.Replace(nodes[0].URL(), "redis:", "sentinel:", 1), sentinel, "ask sentinel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, tt.url, tt.config)
			out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %v, want ErrUnavailable with %q", out, err, tt.want)
			}
		})
	}
}

// A slot on its way from one node to another, as an operator would move it.
type moving struct {
	slot     int
	from, to *goredis.Client
	fromID   string
	toID     string
}

// newMove finds the node that serves our slot.
func newMove(t *testing.T, nodes []*server.Server) moving {
	t.Helper()
	ctx := t.Context()
	var m moving
	for _, n := range nodes {
		c := client(t, n.URL())
		slot, err := c.ClusterKeySlot(ctx, "{beat}").Result()
		if err != nil {
			t.Fatal(err)
		}
		id, err := c.Do(ctx, "CLUSTER", "MYID").Text()
		if err != nil {
			t.Fatal(err)
		}
		m.slot = int(slot)
		if err := c.Get(ctx, "{beat}").Err(); errors.Is(err, goredis.Nil) {
			m.from, m.fromID = c, id
		} else {
			m.to, m.toID = c, id
		}
	}
	return m
}

func (m moving) do(t *testing.T, c *goredis.Client, args ...any) {
	t.Helper()
	if err := c.Do(t.Context(), append([]any{"CLUSTER"}, args...)...).Err(); err != nil {
		t.Fatalf("cluster %v: %v", args, err)
	}
}

// begin makes both nodes know of the move; then the keys go.
func (m moving) begin(t *testing.T) {
	t.Helper()
	m.do(t, m.to, "SETSLOT", m.slot, "IMPORTING", m.fromID)
	m.do(t, m.from, "SETSLOT", m.slot, "MIGRATING", m.toID)
	keys, err := m.from.ClusterGetKeysInSlot(t.Context(), m.slot, 1000).Result()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(m.to.Options().Addr, ":")
	for _, key := range keys {
		if err := m.from.Do(t.Context(), "MIGRATE", host, port, key, 0, 5000).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func (m moving) end(t *testing.T) {
	t.Helper()
	m.do(t, m.to, "SETSLOT", m.slot, "NODE", m.toID)
	m.do(t, m.from, "SETSLOT", m.slot, "NODE", m.toID)
}

// TestSlotMoves publishes before, while and after a slot moves to another node: ASK, TRYAGAIN and MOVED.
func TestSlotMoves(t *testing.T) {
	t.Parallel()
	nodes := testenv.StartRedisCluster(t)
	p := open(t, urls(nodes), inOneSlot())
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	publish := func(b message.Batch) {
		t.Helper()
		if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != len(b.Messages) {
			t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
		}
	}
	first := brokertest.Batch("q", 30)
	publish(first)
	m := newMove(t, nodes)
	m.begin(t)
	publish(first) // ASK: the other node knows it
	publish(brokertest.Batch("q", 30))
	fresh := brokertest.Batch("new", 30)
	if out, err := p.Publish(t.Context(), fresh); !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "TRYAGAIN") {
		t.Fatalf("got %v and %v, want ErrUnavailable while keys of one script may be on two nodes", states(out), err)
	}
	m.end(t)
	publish(fresh) // MOVED
	publish(first)
	for queue, want := range map[string]int{"q": 60, "new": 30} {
		if got := len(take(t, m.to, "{beat}"+queue)); got != want {
			t.Errorf("queue %s: got %d messages, want %d", queue, got, want)
		}
	}
}

// TestSlotNotServed takes the slot away, which is what a cluster with too many dead nodes answers.
func TestSlotNotServed(t *testing.T) {
	t.Parallel()
	nodes := testenv.StartRedisCluster(t, "--cluster-require-full-coverage", "no")
	p := open(t, urls(nodes), inOneSlot())
	b := brokertest.Batch("q", 3)
	m := newMove(t, nodes)
	m.do(t, m.from, "DELSLOTS", m.slot)
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v and %v, want ErrUnavailable", out, err)
	}
	t.Log(err)
	m.do(t, m.from, "ADDSLOTS", m.slot)
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Fatalf("got %v and %v, want that all are confirmed", out, err)
	}
}

// TestKombuReadsFromCluster takes with kombu what was published to a cluster: from the node that serves the slot, under the
// same key prefix.
func TestKombuReadsFromCluster(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	nodes := testenv.StartRedisCluster(t)
	p := open(t, urls(nodes), inOneSlot())
	if err := p.Announce(t.Context(), brokertest.Envelope("unused", 1)); err != nil {
		t.Fatal(err)
	}
	if out, err := p.Publish(t.Context(), brokertest.Batch("q", 3)); err != nil || states(out)[message.Confirmed] != 3 {
		t.Fatalf("got %v and %v, want that all are confirmed", out, err)
	}
	const program = `
import sys
from kombu import Connection
with Connection(sys.argv[1], transport_options={"global_keyprefix": "{beat}"}) as connection:
    queue = connection.SimpleQueue("q")
    for _ in range(3):
        message = queue.get(timeout=30)
        print(message.payload[0][0])
        message.ack()
`
	owner := newMove(t, nodes).from
	got := python.Run(t, t.TempDir(), nil, "-c", program, "redis://"+owner.Options().Addr+"/0")
	if got != "0\n1\n2\n" {
		t.Errorf("kombu got %q, want the three messages in order", got)
	}
}
