package amqp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestDelayedDelivery publishes a task with a countdown to the exchanges that a real worker with quorum queues declares.
// They must keep it until it is time.
func TestDelayedDelivery(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	worker := testenv.Celery(t, testenv.Newest).StartWorker(t, testenv.WorkerConfig{
		Dir: "testdata/delayed", App: "app", Env: []string{"CELERY_BROKER_URL=" + url},
	})
	builder, err := message.NewBuilder(message.Settings{
		DefaultQueueType: "quorum", DefaultExchangeType: "topic", NativeDelay: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	build := func(word, options string) message.Envelope {
		o, err := message.ParseOptions(json.RawMessage(options))
		if err != nil {
			t.Fatal(err)
		}
		task := message.Task{Name: "proj.say", Args: json.RawMessage(`["` + word + `"]`), Options: o}
		env, err := builder.Build(task, message.Stamp{ID: uuid.NewString(), Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return env
	}
	b := message.Batch{ID: uuid.New(), Messages: []message.Envelope{build("later", `{"countdown": 2}`), build("now", `{}`)}}
	if got := b.Messages[0].Exchange; got != "celery_delayed_27" {
		t.Fatalf("got exchange %s, want that of delayed delivery", got)
	}
	p := open(t, url, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if line := worker.WaitFor(t, "RUN "); !strings.Contains(line, "RUN now by celery") {
		t.Errorf("got %q first, want the task without countdown", line)
	}
	line := worker.WaitFor(t, "RUN later")
	if took := time.Since(start); took < 1900*time.Millisecond || !strings.Contains(line, "celery_delayed") {
		t.Errorf("got %q after %v, want it by the exchanges of delayed delivery after 2 s", line, took)
	}
	worker.Stop(t)
}
