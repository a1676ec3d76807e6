package config_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Settings of Django projects stand in capitals, those from before Celery 4 under other names.
func TestOldNames(t *testing.T) {
	t.Parallel()
	file := write(t, "beat.yaml", `
CELERY_DEFAULT_QUEUE: mail
CELERY_TASK_SERIALIZER: msgpack
CELERY_MESSAGE_COMPRESSION: zstd
CELERY_SEND_TASK_SENT_EVENT: true
CELERY_ROUTES: {"a.*": {queue: q}}
CELERYBEAT_MAX_LOOP_INTERVAL: 7
CELERY_TIMEZONE: Asia/Kolkata
BROKER_TRANSPORT_OPTIONS: {global_keyprefix: x}
CELERYD_CONCURRENCY: 4
CELERY_TASK_DEFAULT_EXCHANGE: old
task_default_exchange: today
`)
	c, err := config.Load(config.Sources{
		LookupEnv: env(map[string]string{"CELERY_CONFIG": file, "CELERY_DEFAULT_ROUTING_KEY": "rk", "CELERY_TASK_DEFAULT_QUEUE": "newer"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := c.Message()
	got := strings.Join([]string{
		m.DefaultQueue, m.Serializer, m.Compression, m.DefaultExchange, m.DefaultRoutingKey, m.Zone.String(),
		c.Broker.Transport.KeyPrefix, c.Beat.MaxInterval.String(),
	}, " ")
	if want := "newer msgpack zstd today rk Asia/Kolkata x 7s"; got != want || !m.SendSentEvent || len(m.Routes) != 1 {
		t.Errorf("got %s, events %v, routes %+v, want %s", got, m.SendSentEvent, m.Routes, want)
	}
	if w := c.Warnings(); len(w) != 0 { // CELERYD_ is a worker's
		t.Errorf("warnings %q", w)
	}
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	load := func(text string) (config.Config, error) {
		return config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_TASK_ANNOTATIONS": text})})
	}
	c, err := load(`{"a.b": {"queue": "mail", "priority": 5, "rate_limit": "10/m", "time_limit": 60}}`)
	if err != nil {
		t.Fatal(err)
	}
	o, ok := c.Message().TaskDefaults["a.b"]
	if !ok || o.Queue != "mail" || *o.Priority != 5 || o.Extra.TimeLimit != "60" || len(o.Extra.Properties) != 0 {
		t.Errorf("got %+v", o)
	}
	for text, want := range map[string]string{
		`{"a": {"priority": "high"}}`: `task_annotations: "{\"a\": {\"priority\": \"high\"}}" (environment CELERY_TASK_ANNOTATIONS) ` +
			`has the task "a" with a wrong option: priority`,
		`{"*": {"queue": "x"}}`: `has the task *, which means all that beat has imported, here none; name the tasks`,
		`["a"]`:                 `is not an object of tasks with objects of their options`,
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
