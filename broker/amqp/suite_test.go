package amqp_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestSuiteServer(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.Harness { return harness(testenv.RabbitMQ(t)) })
}

// TestOutage runs on a server that the suite may stop; it keeps its queues.
func TestOutage(t *testing.T) {
	s := testenv.StartRabbitMQ(t)
	brokertest.RunOutage(t, func(t *testing.T) brokertest.Harness {
		h := harness(s.URL())
		h.Stop = func(t testing.TB) {
			if err := s.Stop(); err != nil {
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

// open returns a publisher that gives a loaded server time, unless it is told a limit.
func open(t testing.TB, url string, c amqp.Config) *amqp.Publisher {
	t.Helper()
	if c.DialTimeout == 0 {
		c.DialTimeout = time.Minute
	}
	urls, err := broker.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	p, err := amqp.New(urls, c)
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

// channel returns one of another client.
func channel(t testing.TB, url string) *amqp091.Channel {
	t.Helper()
	urls, err := broker.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	u := urls[0]
	network, address := u.Address()
	raw, err := (&net.Dialer{}).DialContext(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := amqp091.Open(amqp.NewFramedConn(raw), amqp091.Config{
		SASL: []amqp091.Authentication{&amqp091.PlainAuth{Username: u.User, Password: u.Password()}}, Vhost: u.VHost, Locale: "en_US",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func harness(url string) brokertest.Harness {
	return brokertest.Harness{
		Features: brokertest.Features{Memory: true, Guard: true, MissingExchange: message.Refused},
		New: func(t testing.TB) brokertest.Publisher {
			return open(t, url, amqp.Config{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		},
		Take: func(t testing.TB, queue string) []brokertest.Message { return take(t, channel(t, url), queue) },
		Bind: func(t testing.TB, exchange, key, queue string) {
			ch := channel(t, url)
			if err := ch.ExchangeDeclare(exchange, "direct", true, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
			if err := ch.QueueBind(queue, key, exchange, false, nil); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func take(t testing.TB, ch *amqp091.Channel, queue string) []brokertest.Message {
	t.Helper()
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	var out []brokertest.Message
	for {
		d, ok, err := ch.Get(queue, true)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		headers := map[string]any{}
		for k, v := range d.Headers {
			headers[k] = plain(v)
		}
		out = append(out, brokertest.Message{
			Body: d.Body, Headers: headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding,
			CorrelationID: d.CorrelationId, ReplyTo: d.ReplyTo, Expiration: d.Expiration, Priority: int(d.Priority),
			DeliveryMode: int(d.DeliveryMode),
		})
	}
}

// plain turns a value of a table into what a JSON decoder would give.
func plain(v any) any {
	switch v := v.(type) {
	case amqp091.Table:
		out := map[string]any{}
		for k, element := range v {
			out[k] = plain(element)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = plain(element)
		}
		return out
	case float64:
		if v == float64(int64(v)) && v >= 1000 {
			return json.Number(fmt.Sprintf("%.0fe3", v/1000))
		}
	}
	return v
}
