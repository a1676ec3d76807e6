package amqp_test

import (
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func BenchmarkPublish(b *testing.B) {
	brokertest.Benchmark(b, open(b, testenv.RabbitMQ(b), amqp.Config{}))
}

// BenchmarkMemory publishes in turns with the fence, and so with markers, and without, and compares the medians.
func BenchmarkMemory(b *testing.B) {
	url := testenv.RabbitMQ(b)
	with, without := open(b, url, amqp.Config{}), open(b, url, amqp.Config{})
	if err := with.TakeOver(b.Context(), leader(1)); err != nil {
		b.Fatal(err)
	}
	times := map[*amqp.Publisher][]time.Duration{}
	turns := []*amqp.Publisher{with, without}
	for b.Loop() {
		slices.Reverse(turns) // neither is always the first
		for _, p := range turns {
			batch := brokertest.Batch("bench", 1000)
			start := time.Now()
			if _, err := p.Publish(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			times[p] = append(times[p], time.Since(start))
		}
	}
	median := func(p *amqp.Publisher) float64 {
		slices.Sort(times[p])
		return times[p][len(times[p])/2].Seconds()
	}
	b.ReportMetric(1000/median(with), "with/s")
	b.ReportMetric(1000/median(without), "without/s")
	b.ReportMetric(100*(median(with)/median(without)-1), "%slower")
}

// BenchmarkCeiling is what the server takes from the client library alone: persistent messages with confirms.
func BenchmarkCeiling(b *testing.B) {
	ch := plainChannel(b, testenv.RabbitMQ(b))
	if err := ch.Confirm(false); err != nil {
		b.Fatal(err)
	}
	if _, err := ch.QueueDeclare("bench", true, false, false, false, nil); err != nil {
		b.Fatal(err)
	}
	batch := brokertest.Batch("bench", 1000)
	published := 0
	for b.Loop() {
		var last []*amqp091.DeferredConfirmation
		for _, env := range batch.Messages {
			headers := amqp091.Table{}
			for _, h := range env.Headers {
				headers[h.Key] = string(h.Value)
			}
			confirm, err := ch.PublishWithDeferredConfirm("", "bench", true, false, amqp091.Publishing{
				Body: env.Body, DeliveryMode: 2, CorrelationId: env.CorrelationID, ReplyTo: env.ReplyTo,
				ContentType: env.ContentType, ContentEncoding: env.ContentEncoding,
				Headers: headers,
			})
			if err != nil {
				b.Fatal(err)
			}
			last = append(last, confirm)
		}
		for _, confirm := range last {
			if !confirm.Wait() {
				b.Fatal("not confirmed")
			}
		}
		published += len(batch.Messages)
	}
	b.ReportMetric(float64(published)/b.Elapsed().Seconds(), "messages/s")
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
