package redis_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

func states(out []message.Outcome) map[message.State]int {
	n := map[message.State]int{}
	for _, o := range out {
		n[o.State]++
	}
	return n
}

func leader(epoch int64) message.Fence {
	return message.Fence{Deployment: "d", Epoch: epoch, Nonce: uuid.New()}
}

func TestLostAnswerIsNotSentTwice(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	proxy, through := brokertest.NewProxy(t, url)
	p := open(t, through, redis.Config{Timeout: 2 * time.Second})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(t.Context(), brokertest.Batch("q", 1)); err != nil { // binding and script are known from now on
		t.Fatal(err)
	}
	b := brokertest.Batch("q", 600)
	proxy.Mute(true)
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	if n := states(out); n[message.Unknown] != 250 || n[message.Rejected] != 350 {
		t.Errorf("got %v, want that the first chunk is unknown and the others were not tried", n)
	}
	proxy.Mute(false)
	out, err = p.Publish(t.Context(), b)
	if err != nil || states(out)[message.Confirmed] != 600 {
		t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
	}
	if got := len(take(t, client(t, url), "q")); got != 601 {
		t.Errorf("got %d messages, want 601", got)
	}
}

func TestMemoryShort(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	db := client(t, s.URL())
	p := open(t, s.URL(), redis.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(t.Context(), brokertest.Batch("q", 1)); err != nil {
		t.Fatal(err)
	}
	if err := db.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	b := brokertest.Batch("q", 10)
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) || states(out)[message.Rejected] != 10 || !strings.Contains(out[0].Reason, "OOM") {
		t.Fatalf("got %v and %v, want that all are rejected for lack of memory", out, err)
	}
	if err := db.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 10 {
		t.Fatalf("got %v and %v, want that all are confirmed", out, err)
	}
	if got := len(take(t, db, "q")); got != 11 {
		t.Errorf("got %d messages, want 11", got)
	}
}

func TestReplica(t *testing.T) {
	t.Parallel()
	replica, master := testenv.StartRedis(t), testenv.StartRedis(t)
	db := client(t, replica.URL())
	if err := db.ReplicaOf(t.Context(), "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	p := open(t, replica.URL()+";"+master.URL(), redis.Config{})
	b := brokertest.Batch("q", 3)
	if out, err := p.Publish(t.Context(), b); !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v and %v, want ErrUnavailable", out, err)
	}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Fatalf("got %v and %v, want that the next URL took all", out, err)
	}
	if got := len(take(t, client(t, master.URL()), "q")); got != 3 {
		t.Errorf("got %d messages, want 3", got)
	}
}

// TestLoading comes to a server that loads its data, and goes on with the next one of the list.
func TestLoading(t *testing.T) {
	t.Parallel()
	// Slow enough to be met, and busy with clients meanwhile.
	first := testenv.StartRedis(t, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024")
	second := testenv.StartRedis(t)
	db := client(t, first.URL())
	for i := range 100 {
		if err := db.Set(t.Context(), strconv.Itoa(i), strings.Repeat("x", 1000), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(db.Save(t.Context()).Err(), first.Kill()); err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() { started <- first.Start(t.Context()) }()
	if err := first.Await(t.Context(), "Loading RDB produced"); err != nil {
		t.Fatal(err)
	}
	p := open(t, first.URL()+";"+second.URL(), redis.Config{})
	b := brokertest.Batch("q", 3)
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "loads its data") {
		t.Errorf("got %v and %v, want ErrUnavailable because the server loads its data", out, err)
	}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Errorf("got %v and %v, want that the next URL took all", out, err)
	}
	if err := <-started; err != nil {
		t.Fatal(err)
	}
}

func TestHungServer(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	p := open(t, s.URL(), redis.Config{Timeout: 10 * time.Second})
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b := brokertest.Batch("q", 3)
	if _, err := p.Publish(ctx, b); !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if err := s.Continue(); err != nil {
		t.Fatal(err)
	}
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Errorf("got %v and %v, want that all are confirmed", out, err)
	}
}

func TestStateLost(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	p := open(t, "redis://"+s.Addr(), redis.Config{})
	if err := p.TakeOver(t.Context(), leader(7)); err != nil {
		t.Fatal(err)
	}
	s.FlushAll()
	_, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	if fenced, ok := errors.AsType[*message.FencedError](err); !ok || fenced.Epoch != 0 {
		t.Errorf("got %v, want a fence without epoch", err)
	}
}

func TestKeysOfState(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	p := open(t, "redis://"+s.Addr(), redis.Config{KeyPrefix: "app:", RingSize: 3})
	for range 5 {
		if _, err := p.Publish(t.Context(), brokertest.Batch("q", 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.TakeOver(t.Context(), message.Fence{Deployment: "prod", Shard: 4, Epoch: 1, Nonce: uuid.New()}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := p.Publish(t.Context(), brokertest.Batch("q", 251)); err != nil {
			t.Fatal(err)
		}
	}
	for _, base := range []string{"app:_beat.manual", "app:_beat.prod.4"} {
		ring, err := s.List(base + ".ring")
		if err != nil || len(ring) != 3 {
			t.Errorf("%s: got ring %v and %v, want 3 entries", base, ring, err)
		}
		known, err := s.HKeys(base + ".batches")
		if err != nil || len(known) != 3 {
			t.Errorf("%s: got batches %v and %v, want 3 entries", base, known, err)
		}
	}
	if got := s.HGet("app:_beat.prod.4.state", "epoch"); got != "1" {
		t.Errorf("got epoch %q, want 1", got)
	}
}

func TestReservedQueues(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	p := open(t, "redis://"+s.Addr(), redis.Config{})
	b := message.Batch{ID: uuid.New()}
	for _, queue := range []string{"_beat.manual.ring", "_kombu.binding.celery", "celery", ""} {
		env := brokertest.Envelope(queue, 1)
		env.Declare = nil
		b.Messages = append(b.Messages, env)
	}
	out, err := p.Publish(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []message.State{message.Refused, message.Refused, message.Confirmed, message.Returned} {
		if out[i].State != want {
			t.Errorf("message %d: got %v (%s), want %v", i, out[i].State, out[i].Reason, want)
		}
	}
}

func TestBindingOfForeignType(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	if err := s.Set("_kombu.binding.bad", "no set"); err != nil {
		t.Fatal(err)
	}
	p := open(t, "redis://"+s.Addr(), redis.Config{})
	b := brokertest.Batch("good", 3)
	b.Messages[1] = brokertest.Envelope("bad", 1)
	b.Messages[2].Exchange, b.Messages[2].RoutingKey = "bad", "k"
	out, err := p.Publish(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []message.State{message.Confirmed, message.Refused, message.Refused} {
		if out[i].State != want {
			t.Errorf("message %d: got %v (%s), want %v", i, out[i].State, out[i].Reason, want)
		}
	}
}

func TestFanout(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	url := "redis://" + s.Addr() + "/7"
	p := open(t, url, redis.Config{})
	env := brokertest.Envelope("news", 1)
	env.Exchange, env.RoutingKey = "bcast", "sport"
	env.Declare.Exchange, env.Declare.ExchangeType = "bcast", "fanout"
	b := message.Batch{ID: uuid.New(), Messages: []message.Envelope{env}}
	if out, err := p.Publish(t.Context(), b); err != nil || out[0].State != message.Returned {
		t.Errorf("got %v and %v, want that it is returned while nobody listens", out, err)
	}
	listener := client(t, url).Subscribe(t.Context(), "/7.bcast/sport")
	defer listener.Close()
	if _, err := listener.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.ID = uuid.New()
	if out, err := p.Publish(t.Context(), b); err != nil || out[0].State != message.Confirmed {
		t.Errorf("got %v and %v, want a confirmed message", out, err)
	}
	got, err := listener.ReceiveMessage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m := decode(t, got.Payload); string(m.Body) != string(env.Body) {
		t.Errorf("got %s, want %s", m.Body, env.Body)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		config    redis.Config
		want      string
	}{
		{"another broker", "amqp://h//", redis.Config{}, "not one of Redis"},
		{"different passwords", "redis://:a@h;redis://:b@h", redis.Config{}, "must agree"},
		{"steps out of order", "redis://h", redis.Config{PrioritySteps: []int{3, 0}}, "ascending"},
		{"negative steps", "redis://h", redis.Config{PrioritySteps: []int{-1, 0}}, "negative"},
		{"negative limit", "redis://h", redis.Config{Timeout: -1}, "negative"},
		{"negative pool", "redis://h", redis.Config{MaxConns: -1}, "max_connections"},
		{"name of clients", "redis://h", redis.Config{ClientName: "two words"}, "client_name \"two words\""},
		{"no master", "sentinel://h", redis.Config{}, "needs master_name"},
		{"master without sentinels", "redis://h", redis.Config{Sentinel: redis.Sentinel{Master: "m"}}, "go with sentinel://, not with redis://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			urls, err := broker.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := redis.New(urls, tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
	if _, err := redis.New(nil, redis.Config{}); err == nil {
		t.Error("no URL: got no error")
	}
}

func TestSentinelPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	c := redis.Config{Sentinel: redis.Sentinel{Master: "m", Password: "hunter2"}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("starts", "sentinel", c.Sentinel)
	if shown := fmt.Sprintf("%v %+v %#v %s", c, c, c.Sentinel, log.String()); strings.Contains(shown, "hunter2") {
		t.Errorf("the password is shown: %s", shown)
	}
}

func TestPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	s.RequireAuth("right")
	p := open(t, "redis://:hunter2@"+s.Addr(), redis.Config{})
	err := p.Check(t.Context())
	if !errors.Is(err, message.ErrUnavailable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want ErrUnavailable and no password", err)
	}
}
