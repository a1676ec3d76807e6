package amqp_test

import (
	"slices"
	"testing"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func announcement(body string) message.Envelope {
	return message.Envelope{
		Headers: []message.Header{{Key: "hostname", Value: []byte(`"beat@host"`)}}, Body: []byte(body),
		ContentType: "application/json", ContentEncoding: "utf-8", DeliveryMode: message.Transient,
		Exchange: "celeryev", ExchangeType: "topic", RoutingKey: "worker.heartbeat",
	}
}

// TestAnnounce announces beside a leader, and again after somebody has deleted the exchange.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	standby, leading := open(t, url, amqp.Config{}), open(t, url, amqp.Config{})
	if err := leading.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if err := standby.Announce(t.Context(), announcement("0")); err != nil { // nobody listens
		t.Fatal(err)
	}
	ch := channel(t, url)
	listen := func() <-chan amqp091.Delivery {
		q, err := ch.QueueDeclare("", false, true, true, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.QueueBind(q.Name, "worker.#", "celeryev", false, nil); err != nil {
			t.Fatal(err)
		}
		events, err := ch.Consume(q.Name, "", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	events := listen()
	for i, p := range []*amqp.Publisher{standby, leading, standby} {
		body := string(rune('1' + i))
		if err := p.Announce(t.Context(), announcement(body)); err != nil {
			t.Fatal(err)
		}
		got := <-events
		if string(got.Body) != body || got.RoutingKey != "worker.heartbeat" || got.DeliveryMode != 1 ||
			got.CorrelationId != "" || got.Headers["hostname"] != "beat@host" || got.ContentType != "application/json" {
			t.Errorf("got %+v", got)
		}
	}
	out, err := leading.Publish(t.Context(), withEvents(2))
	checkStates(t, out, err, confirmed, confirmed)

	if err := ch.ExchangeDelete("celeryev", false, false); err != nil {
		t.Fatal(err)
	}
	if err := standby.Announce(t.Context(), announcement("lost")); err != nil {
		t.Fatal(err)
	}
	amqp.AwaitAnnouncementEnd(standby)
	if err := standby.Announce(t.Context(), announcement("lost too")); err != nil {
		t.Fatal(err)
	}
	events = listen()
	if err := standby.Announce(t.Context(), announcement("back")); err != nil {
		t.Fatal(err)
	}
	if got := <-events; string(got.Body) != "back" {
		t.Errorf("got %s, want what was announced to the new exchange", got.Body)
	}
}

// TestAnnounceForbidden has a user that may not publish events: announcing fails, publishing does not.
func TestAnnounceForbidden(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	p := open(t, restricted(t, url, ".*", "^(q|amq.default|beat.*)$", ".*"), amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Announce(t.Context(), announcement("0")); err != nil { // the broker answers later
		t.Fatal(err)
	}
	amqp.AwaitAnnouncementEnd(p)
	for range 3 {
		if err := p.Announce(t.Context(), announcement("1")); err == nil {
			t.Error("got no error, want that events cannot be published")
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 20))
		checkStates(t, out, err, slices.Repeat([]message.State{confirmed}, 20)...)
	}
}

func TestAnnounceClosed(t *testing.T) {
	t.Parallel()
	p := open(t, testenv.RabbitMQ(t), amqp.Config{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Announce(t.Context(), announcement("0")); err == nil {
		t.Error("got no error of a closed publisher")
	}
}
