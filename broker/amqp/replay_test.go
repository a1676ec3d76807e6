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
	all, same, without := 0, 0, 0
	for _, r := range recordings(t) {
		t.Run(r.name(), func(t *testing.T) {
			all++
			play := r.replay(t)
			if len(play.messages) == 0 {
				without++ // Celery could not send it, and no publisher is given such a message
				return
			}
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
				return
			}
			same++
		})
	}
	t.Logf("amqp in memory: %d cases, %d equal, %d without a message, %d different", all, same, without, all-same-without)
	if same < 158 {
		t.Errorf("only %d cases are equal, want 158", same)
	}
}

// How a case ends, and what is done by design in those that are called equal.
const (
	equal     = "equal"
	noMessage = "Celery could not build the message, so there is none to send"
	refused   = "refused with the broker's reason, where Celery loses the message without a word"
	mandatory = "messages are asked back that no queue takes"
	lookUp    = "an exchange that is not declared here is looked up before it is used"
	declared  = "the exchange of events is declared before the message, not between the message and its event"
	different = "different"
)

// TestReplay lets a publisher send the messages of each case to a real broker, one batch each, and compares the methods
// that arrive there, through a wiretap. It prints how many are equal, to the byte but for what is done by design.
func TestReplay(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	ends, design := map[string]int{}, map[string]int{}
	for _, r := range all {
		t.Run(r.name(), func(t *testing.T) {
			end := different
			t.Cleanup(func() { ends[end]++ })
			end = r.check(t, design)
		})
	}
	t.Logf("amqp on the wire: %d cases, %d equal, %d documented differences, %d unexplained",
		len(all), ends[equal], ends[noMessage]+ends[refused], ends[different])
	for _, reason := range []string{noMessage, refused} {
		t.Logf("documented, in %d cases: %s", ends[reason], reason)
	}
	for _, reason := range []string{mandatory, lookUp, declared} {
		t.Logf("by design, in %d of the cases called equal: %s", design[reason], reason)
	}
	if len(all) < 165 || ends[refused] > 4 || ends[noMessage] > 7 {
		t.Error("want 165 cases or more, of which 7 have no message and 4 are refused")
	}
}

// check returns how the case ends, and counts in design what is not as Celery does it and was made equal.
func (r *recording) check(t *testing.T, design map[string]int) (end string) {
	t.Helper()
	play := r.replay(t)
	if len(play.messages) == 0 {
		return noMessage
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
	if err := p.Close(); err != nil { // nobody waits for events; they have passed when the connection has ended
		t.Fatal(err)
	}
	seen := publishSteps(t, tap.methods())
	if seen.login != play.login {
		t.Errorf("got login %s, want %s", seen.login, play.login)
	}
	if want == message.Refused {
		return refused
	}
	celery, events := split(play.steps)
	ours, ourEvents := split(seen.steps)
	if diff := cmp.Diff(events, ourEvents); diff != "" {
		t.Errorf("exchange of events (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(celery, ours); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if t.Failed() {
		return different
	}
	for reason, so := range map[string]bool{mandatory: true, lookUp: seen.lookUps > 0, declared: len(events) > 0} {
		if so {
			design[reason]++
		}
	}
	return equal
}

// What a publisher sent in one case.
type sent struct {
	steps   []any // what has to do with messages; mandatory is checked and made false, as in Celery
	lookUps int   // passive declarations, which are left out
	login   string
}

func publishSteps(t *testing.T, seen []map[string]any) (out sent) {
	t.Helper()
	for _, m := range seen {
		switch m["method"] {
		case "connection.start-ok":
			out.login = m["mechanism"].(string)
			continue
		case "connection.open", "connection.tune-ok", "confirm.select":
			continue
		case "basic.publish":
			if m["mandatory"] != (m["routing_key"] != eventKey) {
				t.Errorf("got mandatory %v with routing key %s", m["mandatory"], m["routing_key"])
			}
			m["mandatory"] = false
		}
		if m["passive"] == true {
			out.lookUps++
			continue
		}
		out.steps = append(out.steps, any(m))
	}
	return out
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
