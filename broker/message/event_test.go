package message

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventIsOptional(t *testing.T) {
	t.Parallel()
	if env := must(must(NewBuilder(Settings{})).Build(Task{Name: "t"}, Stamp{ID: "id"})); env.Event != nil {
		t.Errorf("got event %s, want none", env.Event.Body)
	}
}

func TestEventOfExchange(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{
		SendSentEvent: true, Origin: "gen7@host", PID: 7, EventExchangeType: "fanout",
		SystemZone: must(time.LoadLocation("America/New_York")), Routes: []Route{{
			Pattern: "t", Options: Options{Exchange: "x", RoutingKey: "k", Extra: &Extra{ExchangeType: "topic"}},
		}},
	}))
	task := Task{Name: "t", Args: json.RawMessage(`["é"]`), Options: Options{Extra: &Extra{ParentID: "p", Retries: 2}}}
	env := must(b.Build(task, Stamp{ID: "id", Now: time.Unix(1_700_000_000, 250_000_000), Clock: 3}))
	e := env.Event
	want := `{"hostname": "gen7@host", "utcoffset": 5, "pid": 7, "clock": 3, "uuid": "id", "root_id": "id", ` +
		`"parent_id": "p", "name": "t", "args": "['\u00e9']", "kwargs": "{}", "retries": 2, "eta": null, "expires": null, "queue": null, ` +
		`"exchange": "x", "routing_key": "k", "timestamp": 1700000000.25, "type": "task-sent"}`
	if diff := cmp.Diff(want, string(e.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if e.Exchange != "celeryev" || e.ExchangeType != "fanout" || e.RoutingKey != "task.sent" || e.Declare != nil ||
		e.DeliveryMode != Transient || e.Event != nil || e.ID+e.CorrelationID+e.ReplyTo != "" {
		t.Errorf("got %+v", *e)
	}
}

func TestEventSerializerFails(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{SendSentEvent: true, EventSerializer: "broken", Serializers: []Serializer{{
		Names: []string{"broken"}, Encode: func([]byte) ([]byte, error) { return nil, errors.New("cannot") },
	}}}))
	_, err := b.Build(Task{Name: "t"}, Stamp{ID: "id"})
	if e, ok := errors.AsType[*OptionError](err); !ok || e.Field != "event_serializer" {
		t.Errorf("got %v, want an OptionError about event_serializer", err)
	}
}

func TestUTCOffset(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone  string
		month time.Month
		want  int64
	}{
		{"UTC", time.January, 0},
		{"America/New_York", time.January, 5},
		{"America/New_York", time.July, 4},
		{"Europe/Berlin", time.July, -2},
		{"Asia/Kolkata", time.July, -6},
		{"America/St_Johns", time.January, 3},
	} {
		at := time.Date(2024, tt.month, 6, 12, 0, 0, 0, must(time.LoadLocation(tt.zone)))
		if got := utcOffset(at); got != tt.want {
			t.Errorf("%s in %s: got %d, want %d", tt.zone, tt.month, got, tt.want)
		}
	}
}
