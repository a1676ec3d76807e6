package message

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table at the end of the routing rules, which Celery follows with default settings, and what queues on other
// exchanges change.
func TestRouting(t *testing.T) {
	t.Parallel()
	topic := Settings{DefaultExchange: "tx", DefaultExchangeType: "topic", DefaultRoutingKey: "tx.key"}
	table := Settings{Queues: []QueueDef{
		{Queue: Queue{Name: "q", Exchange: "e", ExchangeType: "topic", RoutingKey: "e.q"}},
		{Queue: Queue{Name: "f", Exchange: "g", ExchangeType: "fanout"}},
		{Queue: Queue{Name: "n"}, NoDeclare: true},
	}}
	byRoute := func(o Options) Settings { return Settings{Routes: []Route{{Pattern: "t", Options: o}}} }
	tests := []struct {
		name                          string
		settings                      Settings
		options                       Options
		declares, exchange, key, kind string
	}{
		{"nothing", Settings{}, Options{}, "celery", "", "celery", "direct"},
		{"queue", Settings{}, Options{Queue: "q"}, "q", "", "q", "direct"},
		{"queue and key", Settings{}, Options{Queue: "q", RoutingKey: "k"}, "q", "", "q", "direct"},
		{"key", Settings{}, Options{RoutingKey: "k"}, "celery", "", "celery", "direct"},
		{"exchange", Settings{}, Options{Exchange: "x"}, "celery", "", "celery", "direct"},
		{"exchange and queue", Settings{}, Options{Exchange: "x", Queue: "q"}, "q", "", "q", "direct"},
		{"exchange and key", Settings{}, Options{Exchange: "x", RoutingKey: "k"}, "celery", "x", "k", "direct"},
		{"all", Settings{}, Options{Exchange: "x", Queue: "q", RoutingKey: "k"}, "q", "x", "k", "direct"},
		{"topic default", topic, Options{}, "celery", "tx", "tx.key", "topic"},
		{"topic default, exchange", topic, Options{Exchange: "x"}, "celery", "x", "", "topic"},
		{"topic default, other queue", topic, Options{Queue: "q"}, "q", "", "q", "direct"},
		{"topic queue", table, Options{Queue: "q"}, "q", "e", "e.q", "topic"},
		{"topic queue and key", table, Options{Queue: "q", RoutingKey: "k"}, "q", "e", "k", "topic"},
		{"fanout queue", table, Options{Queue: "f"}, "f", "g", "celery", "fanout"},
		{"undeclared queue", table, Options{Queue: "n"}, "", "", "n", "direct"},
		{
			"exchange type",
			Settings{},
			Options{Exchange: "x", Extra: &Extra{ExchangeType: "topic"}},
			"celery", "x", "", "topic",
		},
		{"route to queue", byRoute(Options{Queue: "r"}), Options{}, "r", "", "r", "direct"},
		{"route, own queue", byRoute(Options{Queue: "r"}), Options{Queue: "q"}, "q", "", "q", "direct"},
		{"route to exchange", byRoute(Options{Exchange: "x", RoutingKey: "k"}), Options{}, "", "x", "k", "direct"},
		{"route without target", byRoute(Options{Priority: new(1)}), Options{}, "celery", "", "celery", "direct"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env, err := must(NewBuilder(tt.settings)).Build(Task{Name: "t", Options: tt.options}, Stamp{ID: "id"})
			if err != nil {
				t.Fatal(err)
			}
			declares := ""
			if env.Declare != nil {
				declares = env.Declare.Name
			}
			got := []string{declares, env.Exchange, env.RoutingKey, env.ExchangeType}
			if diff := cmp.Diff([]string{tt.declares, tt.exchange, tt.key, tt.kind}, got); diff != "" {
				t.Errorf("declares, exchange, key, type (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoutingRefusesMissingQueue(t *testing.T) {
	t.Parallel()
	b := must(NewBuilder(Settings{RefuseMissingQueues: true}))
	_, err := b.Build(Task{Name: "t", Options: Options{Queue: "other"}}, Stamp{ID: "id"})
	if e, ok := errors.AsType[*OptionError](err); !ok || e.Field != "queue" {
		t.Errorf("got %v, want an OptionError about queue", err)
	}
	if _, err := b.Build(Task{Name: "t"}, Stamp{ID: "id"}); err != nil {
		t.Errorf("got %v for the default queue", err)
	}
}

func TestNativeDelay(t *testing.T) {
	t.Parallel()
	quorumTopic := Settings{NativeDelay: true, DefaultQueueType: "quorum", DefaultExchangeType: "topic"}
	now := must2(parseISO("2030-01-01T00:00:00Z"))
	zeros := "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	tests := []struct {
		name, exchange, key string
		extra               Extra
	}{
		{"none", "celery", "celery", Extra{}},
		{"countdown", delayExchange, zeros + "1.0.1.celery", Extra{Countdown: 5.9}},
		{"eta", delayExchange, zeros + "0.1.0.celery", Extra{ETA: "2030-01-01T00:00:02.5+00:00"}},
		{"past eta", "celery", "celery", Extra{ETA: "2029-01-01"}},
		{"below a second", "celery", "celery", Extra{Countdown: 0.5}},
		{"too far", "celery", "celery", Extra{Countdown: 1 << 28}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			task := Task{Name: "t", Options: Options{Extra: &tt.extra}}
			env := must(must(NewBuilder(quorumTopic)).Build(task, Stamp{ID: "id", Now: now}))
			if env.Exchange != tt.exchange || env.RoutingKey != tt.key {
				t.Errorf("got %s / %s, want %s / %s", env.Exchange, env.RoutingKey, tt.exchange, tt.key)
			}
		})
	}
}

func must2[T any](v T, ok bool) T {
	if !ok {
		panic("not ok")
	}
	return v
}

func TestParseRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []Route
	}{
		{"none", "null", nil},
		{
			"exact before glob", `{"a.*": "g", "a.b": {"queue": "e"}, "*": "all", "a.*": "h"}`,
			[]Route{
				{"a.b", Options{Queue: "e"}}, {"a.*", Options{Queue: "h"}}, {"*", Options{Queue: "all"}},
			},
		},
		{
			"maps in order", `[{"*": "first"}, {"a": "second"}]`,
			[]Route{{"*", Options{Queue: "first"}}, {"a", Options{Queue: "second"}}},
		},
		{
			"pairs", `[[["x.*", "x"], ["x.*", {"priority": 3}]]]`,
			[]Route{{"x.*", Options{Priority: new(3)}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseRoutes(json.RawMessage(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("routes (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{
		`"proj.routers.route"`, `["proj.routers.route"]`, `[["a", "b"]]`, `{"a": 1}`, `{"a": {"priority": "x"}}`, `{"": "q"}`,
		`[[["a", "b", "c"]]]`, `{`,
	} {
		if got, err := ParseRoutes(json.RawMessage(bad)); err == nil {
			t.Errorf("%s: got %v, want an error", bad, got)
		}
	}
}

func TestGlobMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true},
		{"a*c", "abbbc", true},
		{"a*c", "abcb", false},
		{"*a*b", "xaxxb", true},
		{"a.?*", "a.b", true},
		{"a.?*", "a.", false},
		{"?*", "é", true},
		{"a[bc]*", "ac", true},
		{"a[!bc]*", "ac", false},
		{"a[b-d]*", "ac", true},
		{"a[]]*", "a]", true},
		{"a[*", "a[x", true},
		{"a.*", "axb", false},
		{"A*", "ab", false},
	}
	for _, tt := range tests {
		if got := MatchGlob(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%s on %s: got %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestParseQueues(t *testing.T) {
	t.Parallel()
	got, err := ParseQueues(json.RawMessage(`["plain", {"name": "full", "alias": "f", "exchange": {"name": "x", "type": "topic",
		"durable": false, "auto_delete": true, "delivery_mode": 1}, "binding_key": "a.#", "durable": false,
		"auto_delete": true, "exclusive": true, "max_length": 5, "queue_arguments": {"x-max-length": 3, "z": "v"},
		"message_ttl": 1.5, "expires": null}]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []QueueDef{{Queue: Queue{Name: "plain", Durable: true}}, {
		Queue: Queue{
			Name: "full", Exchange: "x", ExchangeType: "topic", RoutingKey: "a.#", AutoDelete: true, Exclusive: true,
			Arguments: []Header{
				{"x-max-length", json.RawMessage("5")}, {"z", json.RawMessage(`"v"`)}, {"x-message-ttl", json.RawMessage("1500")},
			},
			ExchangeTransient: true, ExchangeAutoDelete: true,
		},
		Alias: "f", DeliveryMode: Transient,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		`"q"`, `[{"exchange": "x"}]`, `[1]`, `{"q": []}`, `{"q": {"colour": 1}}`, `{"q": {"exchange": {"colour": 1}}}`,
		`{"q": {"durable": 1}}`, `{"q": {"max_length": -1}}`, `{"q": {"queue_arguments": []}}`, `[""]`, `{`,
	} {
		if got, err := ParseQueues(json.RawMessage(bad)); err == nil {
			t.Errorf("%s: got %v, want an error", bad, got)
		}
	}
}
