package redis_test

import (
	"errors"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
)

func TestAnnounce(t *testing.T) {
	t.Parallel()
	s := miniredis.RunT(t)
	url := "redis://" + s.Addr() + "/7"
	p := open(t, url, redis.Config{KeyPrefix: "app."})
	event := message.Envelope{
		Headers: []message.Header{{Key: "hostname", Value: []byte(`"beat@host"`)}}, Body: []byte("here"),
		ContentType: "application/json", ContentEncoding: "utf-8", DeliveryMode: message.Transient,
		Exchange: "celeryev", ExchangeType: "fanout", RoutingKey: "worker.heartbeat",
	}
	if err := p.Announce(t.Context(), event); err != nil { // nobody listens
		t.Fatal(err)
	}
	listener := client(t, url).PSubscribe(t.Context(), "app./7.celeryev/worker.*")
	defer listener.Close()
	if _, err := listener.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Announce(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	got, err := listener.ReceiveMessage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m := decode(t, got.Payload); string(m.Body) != "here" || m.DeliveryMode != 1 || m.Headers["hostname"] != "beat@host" {
		t.Errorf("got %+v on %s", m, got.Channel)
	}
	s.Close()
	if err := p.Announce(t.Context(), event); !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("got %v of a server that is away, want ErrUnavailable", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Announce(t.Context(), event); !errors.Is(err, message.ErrClosed) {
		t.Errorf("got %v of a closed publisher, want ErrClosed", err)
	}
}
