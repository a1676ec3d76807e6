package amqp_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestWireAsCelery compares what Wire shows of the first message of each case.
func TestWireAsCelery(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, r := range recordings(t) {
		t.Run(r.name(), func(t *testing.T) {
			play := r.replay(t)
			if len(play.messages) == 0 {
				return // Celery could not send it, and no publisher is given such a message
			}
			compared++
			steps, err := amqp.Wire(play.messages[0])
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(steps)
			if err != nil {
				t.Fatal(err)
			}
			want := play.steps[:min(len(steps), len(play.steps))] // a case may go on with a second message
			if diff := cmp.Diff(any(want), decoded(t, text)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Logf("%d cases are equal", compared)
	if compared < 120 {
		t.Errorf("only %d recordings were compared", compared)
	}
}

// TestReplay lets a publisher send the messages of each case to a real broker, one batch each, and compares the methods
// that arrive there. By design it asks for messages back that no queue takes, looks before it uses an exchange that it
// does not declare, and declares the exchange of events before the message instead of behind it.
func TestReplay(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for _, r := range recordings(t) {
		ended := "different"
		t.Run(r.name(), func(t *testing.T) { ended = r.check(t) })
		counts[ended]++
	}
	for what, n := range counts {
		t.Logf("%s: %d", what, n)
	}
}

func (r *recording) check(t *testing.T) (ended string) {
	t.Helper()
	play := r.replay(t)
	if len(play.messages) == 0 {
		return "Celery could not build the message, so there is none"
	}
	url := testenv.RabbitMQ(t)
	r.before(t, url)
	tap, through := newWiretap(t, url)
	p := open(t, through, amqp.Config{LoginMethod: play.login})
	want := message.Confirmed
	switch {
	case len(r.Server) > 0 && r.Server[0].Method == "channel.close":
		want = message.Refused
	case len(r.Arrived) == 0 && play.messages[0].Expiration == "":
		want = message.Returned
	}
	for i := range play.messages {
		out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: play.messages[i : i+1]})
		checkStates(t, out, err, want)
	}
	steps, login := publishSteps(t, tap.methods())
	if login != play.login {
		t.Errorf("got login %s, want %s", login, play.login)
	}
	if want == message.Refused {
		return "refused with the broker's reason, where Celery loses it without a word"
	}
	celery, events := split(play.steps)
	ours, ourEvents := split(steps)
	if diff := cmp.Diff(events, ourEvents); diff != "" {
		t.Errorf("exchange of events (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(celery, ours); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if t.Failed() {
		return "different"
	}
	return "equal"
}

// publishSteps returns the methods that have to do with messages. Those that differ by design are checked and made equal.
func publishSteps(t *testing.T, seen []map[string]any) (steps []any, login string) {
	t.Helper()
	for _, m := range seen {
		switch m["method"] {
		case "connection.start-ok":
			login = m["mechanism"].(string)
			continue
		case "connection.open", "connection.tune-ok", "confirm.select":
			continue
		case "basic.publish":
			if m["mandatory"] != (m["routing_key"] != eventKey) {
				t.Errorf("got mandatory %v with routing key %s", m["mandatory"], m["routing_key"])
			}
			m["mandatory"] = false
		}
		if m["passive"] != true {
			steps = append(steps, any(m))
		}
	}
	return steps, login
}

// split takes out the declarations that stand for themselves: those of exchanges of events.
func split(steps []any) (rest, events []any) {
	queues := map[any]bool{}
	for _, s := range steps {
		if m := s.(map[string]any); m["method"] == "queue.bind" {
			queues[m["exchange"]] = true
		}
	}
	for _, s := range steps {
		m := s.(map[string]any)
		if m["method"] == "exchange.declare" && !queues[m["exchange"]] {
			events = append(events, s)
			continue
		}
		if m["method"] == "basic.publish" {
			m["mandatory"] = false
		}
		rest = append(rest, s)
	}
	return rest, events
}

// before makes what existed in the broker.
func (r *recording) before(t *testing.T, url string) {
	t.Helper()
	ch := channel(t, url)
	for _, step := range r.Input.Before {
		var call []json.RawMessage
		var name string
		var args method
		err := json.Unmarshal(step, &call)
		for i, into := range []any{&name, &args} {
			if err == nil {
				err = json.Unmarshal(call[i], into)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		switch name {
		case "exchange_declare":
			err = ch.ExchangeDeclare(args.Exchange, args.Type, true, false, false, false, nil)
		case "queue_declare":
			_, err = ch.QueueDeclare(args.Queue, true, false, false, false, amqp091.Table{})
		case "queue_bind":
			err = ch.QueueBind(args.Queue, args.RoutingKey, args.Exchange, false, nil)
		default:
			t.Fatalf("unknown step %s", name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
