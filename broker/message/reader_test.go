package message

import "testing"

func TestQueueOf(t *testing.T) {
	t.Parallel()
	table := Settings{Queues: []QueueDef{
		{Queue: Queue{Name: "celery", Exchange: "celery", RoutingKey: "celery"}},
		{Queue: Queue{Name: "q", Exchange: "e", ExchangeType: "topic", RoutingKey: "e.q"}, Alias: "other"},
		{Queue: Queue{Name: "f", Exchange: "g", ExchangeType: "fanout"}},
		{Queue: Queue{Name: "n"}, NoDeclare: true},
	}}
	refuses := table
	refuses.RefuseMissingQueues = true
	byRoute := func(o Options) Settings { return Settings{Routes: []Route{{Pattern: "t", Options: o}}} }
	for _, tt := range []struct {
		name     string
		settings Settings
		options  Options
		want     string // empty: nobody here knows
	}{
		{"nothing", Settings{}, Options{}, "celery"},
		{"queue", Settings{}, Options{Queue: "mail"}, "mail"},
		{"exchange that is passed over", Settings{}, Options{Exchange: "x", Queue: "mail"}, "mail"},
		{"exchange and key", Settings{}, Options{Exchange: "x", RoutingKey: "k"}, ""},
		{"exchange, key and queue", Settings{}, Options{Exchange: "x", RoutingKey: "k", Queue: "mail"}, ""},
		{"exchange of the queue", table, Options{Exchange: "e", RoutingKey: "e.q", Queue: "q"}, "q"},
		{"topic queue", table, Options{Queue: "q"}, "q"},
		{"topic queue by another name", table, Options{Queue: "other"}, "q"},
		{"topic queue and another key", table, Options{Queue: "q", RoutingKey: "e.r"}, ""},
		{"fanout queue", table, Options{Queue: "f"}, ""},
		{"queue that is not declared", table, Options{Queue: "n"}, "n"},
		{"queue that is missing", refuses, Options{Queue: "mail"}, ""},
		{"with a delay", Settings{NativeDelay: true}, Options{Queue: "mail", Extra: &Extra{Countdown: 60}}, "mail"},
		{"route to a queue", byRoute(Options{Queue: "r"}), Options{}, "r"},
		{"route to an exchange", byRoute(Options{Exchange: "x", RoutingKey: "k"}), Options{}, ""},
		{"defaults of the task", Settings{TaskDefaults: map[string]Options{"t": {Queue: "d"}}}, Options{}, "d"},
	} {
		got, ok := must(NewBuilder(tt.settings)).QueueOf(Task{Name: "t", Options: tt.options})
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %t, want %q", tt.name, got, ok, tt.want)
		}
	}
}
