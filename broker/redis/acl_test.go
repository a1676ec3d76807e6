package redis_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

// documented returns the words of the command in the manual that makes the user of beat.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "ACL SETUSER beat ") {
			return strings.Fields(strings.Replace(line, "PASSWORD", "secret", 1))
		}
	}
	t.Fatal("the manual has no ACL line")
	return nil
}

// useAll does everything that needs permissions.
func useAll(ctx context.Context, p *redis.Publisher) error {
	err := errors.Join(p.Check(ctx), p.TakeOver(ctx, leader(1)), p.Check(ctx))
	b := brokertest.Batch("celery", 4)
	b.Messages[1].Priority = 6
	b.Messages[2].Exchange, b.Messages[2].RoutingKey = "celery", "celery"
	b.Messages[3].Exchange, b.Messages[3].ExchangeType = "news", "fanout"
	b.Messages[3].Declare = &message.Queue{Name: "celery.news", Exchange: "news", ExchangeType: "fanout"}
	for range 3 { // with a ring of one chunk
		b.ID = brokertest.Batch("", 0).ID
		out, failed := p.Publish(ctx, b)
		if failed == nil && (out[0].State != message.Confirmed || out[2].State != message.Confirmed || out[3].State != message.Returned) {
			failed = fmt.Errorf("got %v", out)
		}
		err = errors.Join(err, failed)
	}
	_, failed := p.Lookup(ctx, b.ID, 4)
	return errors.Join(err, failed)
}

func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	db := client(t, s.URL())
	url := strings.Replace(s.URL(), "redis://", "redis://beat:secret@", 1)
	use := func(t *testing.T, words []string) error {
		args := []any{"ACL", "SETUSER", "beat", "reset"}
		for _, w := range words[3:] {
			args = append(args, w)
		}
		err := errors.Join(db.Do(t.Context(), args...).Err(), db.FlushDB(t.Context()).Err(), db.ScriptFlush(t.Context()).Err())
		if err != nil {
			t.Fatal(err)
		}
		return useAll(t.Context(), open(t, url, redis.Config{RingSize: 1}))
	}
	words := documented(t)
	if err := use(t, words); err != nil {
		t.Fatalf("with %s: %v", strings.Join(words, " "), err)
	}
	for i, w := range words {
		if !strings.HasPrefix(w, "+") && !strings.HasPrefix(w, "~") && !strings.HasPrefix(w, "&") || w == "+info" {
			continue // without +info it works, but notices less
		}
		t.Run("without "+w, func(t *testing.T) {
			err := use(t, slices.Delete(slices.Clone(words), i, i+1))
			if !errors.Is(err, message.ErrUnavailable) {
				t.Errorf("got %v: the permission is not needed", err)
			}
		})
	}
	t.Run("what is needed more", func(t *testing.T) {
		b := brokertest.Batch("celery", 1)
		b.Messages[0].Declare.Arguments = []message.Header{{Key: "x-expires", Value: json.RawMessage("60000")}}
		more := append(slices.Clone(words), "+select", "+client|setname", "+pexpire", "+zadd", "+time")
		if err := use(t, more); err != nil {
			t.Fatal(err)
		}
		out, err := open(t, strings.TrimSuffix(url, "0")+"1", redis.Config{ClientName: "beat"}).Publish(t.Context(), b)
		if err != nil || out[0].State != message.Confirmed {
			t.Errorf("got %v and %v, want a confirmed message", out, err)
		}
	})
	t.Run("foreign keys", func(t *testing.T) {
		if err := use(t, words); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, url, redis.Config{}).Publish(t.Context(), brokertest.Batch("other", 1))
		if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "permission") {
			t.Errorf("got %v, want that the queue is not permitted", err)
		}
	})
}

// permit makes the documented user on a server, with more permissions.
func permit(t *testing.T, db *goredis.Client, more ...string) {
	t.Helper()
	args := []any{"ACL", "SETUSER"}
	for _, w := range append(documented(t)[2:], more...) {
		args = append(args, w)
	}
	if err := db.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestLeastPermissionsInCluster(t *testing.T) {
	t.Parallel()
	nodes := testenv.StartRedisCluster(t)
	for _, n := range nodes {
		permit(t, client(t, n.URL()), "~{beat}*", "+cluster|slots", "+asking")
	}
	url := strings.ReplaceAll(urls(nodes), "redis://", "redis://beat:secret@")
	p := open(t, url, inOneSlot())
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	b := brokertest.Batch("celery", 3)
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Fatalf("got %v and %v, want that all are confirmed", out, err)
	}
	m := newMove(t, nodes)
	m.begin(t)
	if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 3 {
		t.Fatalf("got %v and %v of a slot that moves, want that all are confirmed", out, err)
	}
}

func TestLeastPermissionsWithSentinel(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	permit(t, client(t, masterURL(s.Master.URL())), "+role")
	for _, n := range s.Nodes {
		sentinel := goredis.NewClient(&goredis.Options{
			Addr: strings.TrimPrefix(n.URL(), "sentinel://"), Password: testenv.SentinelPassword,
		})
		err := sentinel.Do(t.Context(), "ACL", "SETUSER", "watcher", "on", ">seen", "-@all", "+sentinel|master").Err()
		if err := errors.Join(err, sentinel.Close()); err != nil {
			t.Fatal(err)
		}
	}
	url := strings.ReplaceAll(s.URL(), ":"+testenv.MasterPassword+"@", "beat:secret@")
	watch := redis.Sentinel{Master: testenv.SentinelMaster, User: "watcher", Password: "seen"}
	p := open(t, url, redis.Config{Sentinel: watch})
	if out, err := p.Publish(t.Context(), brokertest.Batch("celery", 3)); err != nil || states(out)[message.Confirmed] != 3 {
		t.Errorf("got %v and %v, want that all are confirmed", out, err)
	}
}
