package message

import (
	"bufio"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recordedEvent is a line of testdata/worker-events.jsonl, which record_events.py wrote.
type recordedEvent struct {
	Body         string
	Headers      map[string]string
	ContentType  string `json:"content_type"`
	DeliveryMode uint8  `json:"delivery_mode"`
	RoutingKey   string `json:"routing_key"`
}

// TestPulseOfWorker makes the events of a Celery worker again, byte for byte, out of what they say.
func TestPulseOfWorker(t *testing.T) {
	t.Parallel()
	file := must(os.Open("testdata/worker-events.jsonl"))
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	var kinds []PulseKind
	for lines.Scan() {
		var recorded recordedEvent
		if err := json.Unmarshal(lines.Bytes(), &recorded); err != nil {
			t.Fatal(err)
		}
		recorded.Body = inMicroseconds(t, recorded.Body)
		env, p := again(t, recorded.Body)
		kinds = append(kinds, p.Kind)
		got := recordedEvent{
			Body: string(env.Body), ContentType: env.ContentType, DeliveryMode: env.DeliveryMode, RoutingKey: env.RoutingKey,
			Headers: map[string]string{},
		}
		for _, h := range env.Headers {
			got.Headers[h.Key] = Unquote(h.Value)
		}
		if diff := cmp.Diff(recorded, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
		if env.Exchange != "celeryev" || env.ExchangeType != "topic" || env.ID+env.CorrelationID != "" || env.Declare != nil {
			t.Errorf("got %+v", env)
		}
	}
	if diff := cmp.Diff([]PulseKind{Online, Heartbeat, Offline}, kinds); diff != "" {
		t.Errorf("recorded kinds (-want +got):\n%s", diff)
	}
}

// inMicroseconds rounds the timestamp of an event, of which Python shows parts of a microsecond.
func inMicroseconds(t *testing.T, body string) string {
	t.Helper()
	var says struct{ Timestamp json.Number }
	if err := json.Unmarshal([]byte(body), &says); err != nil {
		t.Fatal(err)
	}
	at := math.Round(must(says.Timestamp.Float64())*1e6) / 1e6
	return strings.Replace(body, says.Timestamp.String(), string(appendFloat(nil, at)), 1)
}

// again makes the event that says what a recorded one says.
func again(t *testing.T, body string) (Envelope, Pulse) {
	t.Helper()
	var says struct {
		Hostname          string
		PID               int
		Clock             int64
		Freq              float64
		Active, Processed int64
		Loadavg           [3]float64
		Ident             string `json:"sw_ident"`
		Version           string `json:"sw_ver"`
		System            string `json:"sw_sys"`
		Timestamp         float64
		Type              string
	}
	if err := json.Unmarshal([]byte(body), &says); err != nil {
		t.Fatal(err)
	}
	p := Pulse{
		Kind: PulseKind(says.Type[len("worker-"):]), Hostname: says.Hostname, Clock: says.Clock,
		Now:   time.UnixMicro(int64(math.Round(says.Timestamp * 1e6))),
		Every: time.Duration(says.Freq * float64(time.Second)), Active: says.Active, Processed: says.Processed,
		Load: says.Loadavg, Software: says.Ident, Version: says.Version, System: says.System,
	}
	b := must(NewBuilder(Settings{PID: says.PID, SystemZone: time.UTC}))
	return must(b.Pulse(p)), p
}

func TestPulseOnRedis(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{EventExchange: "ev", EventExchangeType: "fanout"}))
	env := must(b.Pulse(Pulse{Kind: Heartbeat, Hostname: "beat@host"}))
	if env.Exchange != "ev" || env.ExchangeType != "fanout" || env.RoutingKey != "worker.heartbeat" {
		t.Errorf("goes to %s exchange %s with key %s", env.ExchangeType, env.Exchange, env.RoutingKey)
	}
}

func TestPulseRefused(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{}))
	for field, p := range map[string]Pulse{
		"kind":     {Kind: "sleeping", Hostname: "beat@host"},
		"hostname": {Kind: Online},
	} {
		_, err := b.Pulse(p)
		if e, ok := errors.AsType[*OptionError](err); !ok || e.Field != field {
			t.Errorf("got %v, want an OptionError about %s", err, field)
		}
	}
}
