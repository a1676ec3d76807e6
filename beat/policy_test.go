package beat

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{HeadersOverride: true})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCompiler(kinds.NewCompiler(time.UTC, nil), build).WithPolicy(Policy{
		Tasks: []string{"proj.*", "one"}, Queues: []string{"celery", "mail-?"}, LeastInterval: time.Second,
	})
	seconds := func(n int64, period string) schedule.Spec {
		return schedule.Spec{Kind: schedule.KindInterval, Every: n, Period: period}
	}
	for _, tt := range []struct {
		name  string
		entry Entry
		want  string // field and problem; empty: allowed
	}{
		{"allowed", Entry{Task: "proj.add", Spec: seconds(1, "seconds")}, ""},
		{"allowed by name", Entry{Task: "one", Queue: "mail-1", Spec: seconds(1, "days")}, ""},
		{"another task", Entry{Task: "os.system", Spec: seconds(1, "days")}, `task: "os.system" is not allowed by allow_tasks`},
		{
			"another task by a header",
			Entry{Task: "proj.add", Headers: json.RawMessage(`{"task": "os.system"}`), Spec: seconds(1, "days")},
			`task: "os.system" is not allowed by allow_tasks`,
		},
		{"another queue", Entry{Task: "one", Queue: "unacked", Spec: seconds(1, "days")}, `queue: "unacked" is not allowed by allow_queues`},
		{
			"an exchange",
			Entry{Task: "one", Exchange: "amq.topic", RoutingKey: "celery", Spec: seconds(1, "days")},
			`exchange: "amq.topic" is not allowed by allow_queues`,
		},
		{"too often", Entry{Task: "one", Spec: seconds(500_000, "microseconds")}, `every: "500ms" is less than least_interval, 1s`},
		{"not an interval", Entry{Task: "one", Spec: schedule.Spec{Kind: schedule.KindCrontab, Second: "*"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if _, bad := c.Plan(&tt.entry); bad != nil {
				got = bad.Reason()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
