package redis_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestSuiteMini(t *testing.T) {
	fresh := func(t *testing.T) brokertest.Harness {
		s := miniredis.RunT(t)
		h := harness(t, "redis://"+s.Addr()+"/0")
		h.Stop = func(testing.TB) { s.Close() }
		h.Start = func(t testing.TB) {
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		return h
	}
	brokertest.Run(t, fresh)
	brokertest.RunOutage(t, fresh)
}

func TestSuiteServer(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.Harness { return harness(t, testenv.Redis(t)) })
}

func TestSuiteValkey(t *testing.T) {
	url := testenv.Valkey(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		if err := client(t, url).FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return harness(t, url)
	}, goleak.IgnoreAnyFunction("github.com/gobeat/gobeat/internal/testenv/process.(*Process).run"))
}

// TestOutage runs on a server that the suite may stop; it forgets everything then.
func TestOutage(t *testing.T) {
	s := testenv.StartRedis(t)
	brokertest.RunOutage(t, func(t *testing.T) brokertest.Harness {
		h := harness(t, s.URL())
		client(t, s.URL()).FlushAll(t.Context())
		h.Stop = func(t testing.TB) {
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		h.Start = func(t testing.TB) {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return h
	}, goleak.IgnoreAnyFunction("github.com/gobeat/gobeat/internal/testenv/process.(*Process).run"))
}

func open(t testing.TB, url string, c redis.Config) *redis.Publisher {
	t.Helper()
	urls, err := broker.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	p, err := redis.New(urls, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func client(t testing.TB, url string) *goredis.Client {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(o)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func harness(t testing.TB, url string) brokertest.Harness {
	t.Helper()
	return harnessOf(client(t, url), url, redis.Config{})
}

// harnessOf makes the harness of a server that tests reach by a client of their own.
func harnessOf(db goredis.UniversalClient, url string, c redis.Config) brokertest.Harness {
	return brokertest.Harness{
		Features: brokertest.Features{Memory: true, MissingExchange: message.Returned},
		New:      func(t testing.TB) brokertest.Publisher { return open(t, url, c) },
		Take:     func(t testing.TB, queue string) []brokertest.Message { return take(t, db, c.KeyPrefix+queue) },
		Bind: func(t testing.TB, exchange, key, queue string) {
			if err := db.SAdd(t.Context(), c.KeyPrefix+"_kombu.binding."+exchange, key+"\x06\x16\x06\x16"+queue).Err(); err != nil {
				t.Fatal(err)
			}
		},
		Spoil: func(t testing.TB, queue string) {
			if err := db.Set(t.Context(), c.KeyPrefix+queue, "no list", 0).Err(); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// take pops as workers do: the steps in ascending order, the oldest first.
func take(t testing.TB, c goredis.UniversalClient, queue string) []brokertest.Message {
	t.Helper()
	var out []brokertest.Message
	for _, step := range []int{0, 3, 6, 9} {
		key := queue
		if step > 0 {
			key += "\x06\x16" + strconv.Itoa(step)
		}
		texts, err := c.LRange(t.Context(), key, 0, -1).Result()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			out = append(out, decode(t, texts[len(texts)-1-i]))
		}
	}
	return out
}

func decode(t testing.TB, text string) brokertest.Message {
	t.Helper()
	var env struct {
		Body            []byte         `json:"body"`
		ContentType     string         `json:"content-type"`
		ContentEncoding string         `json:"content-encoding"`
		Headers         map[string]any `json:"headers"`
		Properties      struct {
			CorrelationID string `json:"correlation_id"`
			ReplyTo       string `json:"reply_to"`
			DeliveryMode  int    `json:"delivery_mode"`
			Expiration    string `json:"expiration"`
			Priority      int    `json:"priority"`
			DeliveryTag   string `json:"delivery_tag"`
			BodyEncoding  string `json:"body_encoding"`
		} `json:"properties"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&env); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if p := env.Properties; p.DeliveryTag == "" || p.BodyEncoding != "base64" {
		t.Errorf("a worker cannot take a message without delivery_tag and body_encoding: %s", text)
	}
	return brokertest.Message{
		Body: env.Body, Headers: env.Headers, ContentType: env.ContentType, ContentEncoding: env.ContentEncoding,
		CorrelationID: env.Properties.CorrelationID, ReplyTo: env.Properties.ReplyTo,
		Expiration: env.Properties.Expiration, Priority: env.Properties.Priority, DeliveryMode: env.Properties.DeliveryMode,
	}
}
