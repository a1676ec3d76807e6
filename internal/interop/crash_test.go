package interop_test

import (
	"context"
	"encoding/json"
	"syscall"
	"testing"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestKilledBeats kills one leader after the other with SIGKILL while another beat stands by. With misfire "all" every
// second of every schedule must arrive once: nothing is lost, and the broker remembers what a dead leader had sent. What
// RabbitMQ was sent since the last marker may arrive twice.
func TestKilledBeats(t *testing.T) {
	t.Parallel()
	const schedules, kills = 20, 3
	for _, broker := range []struct {
		name  string
		url   func(testing.TB) string
		open  func(t *testing.T, url string) inbox
		twice int // most messages that one kill may repeat
	}{
		{"redis", testenv.Redis, openRedis, 0},
		{"rabbitmq", testenv.RabbitMQ, openRabbitMQ, 63},
	} {
		t.Run(broker.name, func(t *testing.T) {
			t.Parallel()
			url := broker.url(t)
			s := newSite(t, url)
			s.exec(t, `with t as (insert into periodic_task (name, task, misfire)
					select 't' || i, 'proj.echo', 'all' from generate_series(1, $1::int) i returning id)
				insert into task_schedule (task_id, kind, second) select id, 'crontab', '*' from t`, schedules)
			box := broker.open(t, url)
			seen := sightings{}
			for range kills {
				leader := s.beat(t)
				seen.collect(t, box, 4*schedules)
				leader.Signal(t, syscall.SIGKILL)
				leader.Wait(t)
			}
			last := s.beat(t)
			seen.collect(t, box, 4*schedules)
			last.Stop(t)
			for _, m := range box.rest(t) {
				seen.add(m)
			}
			if len(seen) != schedules {
				t.Errorf("%d schedules ran, want %d", len(seen), schedules)
			}
			if twice := seen.check(t); twice > kills*broker.twice {
				t.Errorf("%d runs were repeated by %d kills, want at most %d each", twice, kills, broker.twice)
			} else {
				t.Logf("%d runs were repeated by %d kills", twice, kills)
			}
		})
	}
}

// arrived is a message as the test looks at it.
type arrived struct {
	Name string    `json:"periodic_task_name"`
	At   time.Time `json:"beat_scheduled_for"`
}

// An inbox is Celery's default queue.
type inbox interface {
	next(ctx context.Context) (arrived, error) // waits for a message
	rest(t *testing.T) []arrived               // empties the queue; nobody sends any more
}

// sightings counts messages by schedule and planned second.
type sightings map[string]map[int64]int

func (s sightings) add(m arrived) {
	if s[m.Name] == nil {
		s[m.Name] = map[int64]int{}
	}
	s[m.Name][m.At.Unix()]++
}

func (s sightings) collect(t *testing.T, box inbox, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range n {
		m, err := box.next(ctx)
		if err != nil {
			t.Fatalf("message %d of %d: %v", i+1, n, err)
		}
		s.add(m)
	}
}

// check wants every second of every schedule, and returns how many came more than once.
func (s sightings) check(t *testing.T) (twice int) {
	t.Helper()
	for name, runs := range s {
		var low, high int64
		for at, times := range runs {
			twice += times - 1
			if low == 0 || at < low {
				low = at
			}
			high = max(high, at)
		}
		if missing := high - low + 1 - int64(len(runs)); missing != 0 {
			t.Errorf("%s lost %d of %d runs", name, missing, high-low+1)
		}
	}
	return twice
}

type redisInbox struct{ client *redis.Client }

func openRedis(t *testing.T, url string) inbox {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return redisInbox{client}
}

func (b redisInbox) next(ctx context.Context) (arrived, error) {
	got, err := b.client.BRPop(ctx, 30*time.Second, "celery").Result()
	if err != nil {
		return arrived{}, err
	}
	var m struct{ Headers arrived }
	err = json.Unmarshal([]byte(got[1]), &m)
	return m.Headers, err
}

func (b redisInbox) rest(t *testing.T) []arrived {
	t.Helper()
	n, err := b.client.LLen(t.Context(), "celery").Result()
	if err != nil {
		t.Fatal(err)
	}
	var out []arrived
	for range n {
		m, err := b.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

type rabbitInbox struct {
	channel    *amqp091.Channel
	deliveries <-chan amqp091.Delivery
}

func openRabbitMQ(t *testing.T, url string) inbox {
	t.Helper()
	conn, err := amqp091.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDeclare("celery", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	deliveries, err := ch.Consume("celery", "test", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rabbitInbox{ch, deliveries}
}

func (b rabbitInbox) next(ctx context.Context) (arrived, error) {
	select {
	case d, ok := <-b.deliveries:
		if !ok {
			return arrived{}, amqp091.ErrClosed
		}
		return fromHeaders(d.Headers)
	case <-ctx.Done():
		return arrived{}, ctx.Err()
	}
}

func fromHeaders(headers amqp091.Table) (arrived, error) {
	text, err := json.Marshal(headers)
	if err != nil {
		return arrived{}, err
	}
	var m arrived
	return m, json.Unmarshal(text, &m)
}

func (b rabbitInbox) rest(t *testing.T) []arrived {
	t.Helper()
	if err := b.channel.Cancel("test", false); err != nil { // after it, nothing comes to deliveries
		t.Fatal(err)
	}
	var out []arrived
	add := func(d amqp091.Delivery) {
		m, err := fromHeaders(d.Headers)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	for d := range b.deliveries {
		add(d)
	}
	for {
		d, ok, err := b.channel.Get("celery", true)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		add(d)
	}
}
