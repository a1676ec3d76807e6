package amqp_test

import (
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func BenchmarkPublish(b *testing.B) {
	brokertest.Benchmark(b, open(b, testenv.RabbitMQ(b), amqp.Config{}))
}

// BenchmarkShare publishes in turns through the client library alone, as a leader with guard and markers, and without
// fence, and compares the medians.
func BenchmarkShare(b *testing.B) {
	url := testenv.RabbitMQ(b)
	fenced, plain, ceiling := open(b, url, amqp.Config{}), open(b, url, amqp.Config{}), plainConfirms(b, url)
	if err := fenced.TakeOver(b.Context(), leader(1)); err != nil {
		b.Fatal(err)
	}
	type contestant struct {
		name    string
		publish func(message.Batch)
		times   []time.Duration
	}
	through := func(p *amqp.Publisher) func(message.Batch) {
		return func(batch message.Batch) {
			if _, err := p.Publish(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	}
	all := []*contestant{
		{name: "ceiling", publish: func(batch message.Batch) { publishPlain(b, ceiling, batch) }},
		{name: "fenced", publish: through(fenced)},
		{name: "plain", publish: through(plain)},
	}
	for b.Loop() {
		for _, i := range rand.Perm(len(all)) { // none always follows the same one
			c := all[i]
			batch := brokertest.Batch("bench", 1000)
			start := time.Now()
			c.publish(batch)
			c.times = append(c.times, time.Since(start))
		}
		if _, err := ceiling.QueuePurge("bench", false); err != nil {
			b.Fatal(err)
		}
	}
	rate := func(c *contestant) float64 {
		slices.Sort(c.times)
		return 1000 / c.times[len(c.times)/2].Seconds()
	}
	for _, c := range all {
		b.ReportMetric(rate(c), c.name+"/s")
	}
	b.ReportMetric(100*rate(all[1])/rate(all[0]), "%of_ceiling")
}

// BenchmarkCeiling is what the server takes from the client library alone: persistent messages with confirms.
func BenchmarkCeiling(b *testing.B) {
	ch := plainConfirms(b, testenv.RabbitMQ(b))
	batch := brokertest.Batch("bench", 1000)
	published := 0
	for b.Loop() {
		publishPlain(b, ch, batch)
		published += len(batch.Messages)
	}
	b.ReportMetric(float64(published)/b.Elapsed().Seconds(), "messages/s")
}

// plainConfirms returns a channel with confirms and makes the queue.
func plainConfirms(b *testing.B, url string) *amqp091.Channel {
	b.Helper()
	ch := plainChannel(b, url)
	if err := ch.Confirm(false); err != nil {
		b.Fatal(err)
	}
	if _, err := ch.QueueDeclare("bench", true, false, false, false, nil); err != nil {
		b.Fatal(err)
	}
	return ch
}

// publishPlain sends a batch and waits for its confirms.
func publishPlain(b *testing.B, ch *amqp091.Channel, batch message.Batch) {
	b.Helper()
	confirms := make([]*amqp091.DeferredConfirmation, len(batch.Messages))
	for i, env := range batch.Messages {
		headers := amqp091.Table{}
		for _, h := range env.Headers {
			headers[h.Key] = string(h.Value)
		}
		var err error
		confirms[i], err = ch.PublishWithDeferredConfirm("", "bench", true, false, amqp091.Publishing{
			Body: env.Body, DeliveryMode: 2, CorrelationId: env.CorrelationID, ReplyTo: env.ReplyTo,
			ContentType: env.ContentType, ContentEncoding: env.ContentEncoding,
			Headers: headers,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, confirm := range confirms {
		if !confirm.Wait() {
			b.Fatal("not confirmed")
		}
	}
}

// plainChannel is one without the translation of frames.
func plainChannel(t testing.TB, url string) *amqp091.Channel {
	t.Helper()
	urls, err := broker.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	u := urls[0]
	conn, err := amqp091.DialConfig("amqp://"+net.JoinHostPort(u.Host, strconv.Itoa(u.Port)), amqp091.Config{
		SASL: []amqp091.Authentication{&amqp091.PlainAuth{Username: u.User, Password: u.Password()}}, Vhost: u.VHost,
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
