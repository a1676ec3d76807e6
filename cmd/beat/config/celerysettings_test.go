package config_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// celerySetting is a setting that users of Celery have, and what follows from it here.
type celerySetting struct {
	name   string // of today
	older  string // of before Celery 4, or that of a variable; empty: none
	value  string // JSON
	effect func(c *config.Config) any
	want   any
}

// celerySettings has a row for each setting of Celery and of its schedulers that counts.
func celerySettings() []celerySetting {
	return []celerySetting{
		{"broker_url", "BROKER_URL", `"redis://h/3"`, func(c *config.Config) any { return c.Broker.Effective().Reveal() }, "redis://h/3"},
		{"broker_write_url", "", `"redis://w/3"`, func(c *config.Config) any { return c.Broker.Effective().Reveal() }, "redis://w/3"},
		{"broker_use_ssl", "BROKER_USE_SSL", `{"ca_certs": "ca.pem"}`, func(c *config.Config) any { return c.Broker.TLS.CAFile }, "ca.pem"},
		{
			"broker_transport_options", "BROKER_TRANSPORT_OPTIONS", `{"global_keyprefix": "x"}`,
			func(c *config.Config) any { return c.Broker.Transport.KeyPrefix }, "x",
		},
		{"broker_connection_timeout", "BROKER_CONNECTION_TIMEOUT", `7`, func(c *config.Config) any { return c.Broker.ConnectionTimeout }, "7s"},
		{"broker_failover_strategy", "BROKER_FAILOVER_STRATEGY", `"shuffle"`, func(c *config.Config) any { return c.Broker.Failover }, "shuffle"},
		{"broker_login_method", "BROKER_LOGIN_METHOD", `"EXTERNAL"`, func(c *config.Config) any { return c.Broker.LoginMethod }, "EXTERNAL"},
		{"timezone", "CELERY_TIMEZONE", `"Asia/Tokyo"`, func(c *config.Config) any { return c.Message().Zone }, "Asia/Tokyo"},
		{"enable_utc", "ENABLE_UTC", `false`, func(c *config.Config) any { return c.Message().DisableUTC }, true},
		{"time_zone", "TIME_ZONE", `"Asia/Tokyo"`, func(c *config.Config) any { return c.Clock.Django.TimeZone }, "Asia/Tokyo"},
		{"use_tz", "USE_TZ", `false`, func(c *config.Config) any { return c.Clock.Django.UseTZ }, false},
		{
			"django_celery_beat_tz_aware", "DJANGO_CELERY_BEAT_TZ_AWARE", `false`,
			func(c *config.Config) any { return c.Clock.Django.Aware }, false,
		},
		{
			"beat_schedule", "CELERYBEAT_SCHEDULE", `{"a": {"task": "b", "schedule": 1}}`,
			func(c *config.Config) any { return c.Beat.Schedule.Given() }, true,
		},
		{"beat_scheduler", "CELERYBEAT_SCHEDULER", `"django"`, func(c *config.Config) any { return c.Beat.Kind() }, config.KindDjango},
		{
			"beat_max_loop_interval", "CELERYBEAT_MAX_LOOP_INTERVAL", `7`,
			func(c *config.Config) any { return c.Beat.MaxInterval }, "7s",
		},
		{"beat_cron_starting_deadline", "", `90`, func(c *config.Config) any { return c.Beat.StartingDeadline }, "1m30s"},
		{"beat_dburi", "", `"sqlite:///s.db"`, func(c *config.Config) any { return c.Beat.DBURI.Reveal() }, "sqlite:///s.db"},
		{"beat_schema", "", `"plans"`, func(c *config.Config) any { return c.Beat.Schema }, "plans"},
		{"redbeat_redis_url", "REDBEAT_REDIS_URL", `"redis://h/5"`, func(c *config.Config) any { return c.Beat.RedBeat.URL.Reveal() }, "redis://h/5"},
		{"redbeat_key_prefix", "REDBEAT_KEY_PREFIX", `"site:"`, func(c *config.Config) any { return c.Beat.RedBeat.Prefix }, "site:"},
		{"redbeat_lock_key", "REDBEAT_LOCK_KEY", `"site:lock"`, func(c *config.Config) any { return c.Beat.RedBeat.Lock }, "site:lock"},
		{"task_default_queue", "CELERY_DEFAULT_QUEUE", `"q"`, func(c *config.Config) any { return c.Message().DefaultQueue }, "q"},
		{"task_default_queue_type", "", `"quorum"`, func(c *config.Config) any { return c.Message().DefaultQueueType }, "quorum"},
		{"task_default_exchange", "CELERY_DEFAULT_EXCHANGE", `"x"`, func(c *config.Config) any { return c.Message().DefaultExchange }, "x"},
		{
			"task_default_exchange_type", "CELERY_DEFAULT_EXCHANGE_TYPE", `"topic"`,
			func(c *config.Config) any { return c.Message().DefaultExchangeType }, "topic",
		},
		{"task_default_routing_key", "CELERY_DEFAULT_ROUTING_KEY", `"r"`, func(c *config.Config) any { return c.Message().DefaultRoutingKey }, "r"},
		{
			"task_default_delivery_mode", "CELERY_DEFAULT_DELIVERY_MODE", `1`,
			func(c *config.Config) any { return c.Message().DefaultDeliveryMode }, 1,
		},
		{"task_queue_max_priority", "", `9`, func(c *config.Config) any { return c.Message().QueueMaxPriority }, 9},
		{"task_queues", "CELERY_QUEUES", `{"mail": {}}`, func(c *config.Config) any { return len(c.Message().Queues) }, 1},
		{"task_routes", "CELERY_ROUTES", `{"a.*": {"queue": "q"}}`, func(c *config.Config) any { return len(c.Message().Routes) }, 1},
		{
			"task_create_missing_queues", "CELERY_CREATE_MISSING_QUEUES", `false`,
			func(c *config.Config) any { return c.Message().RefuseMissingQueues }, true,
		},
		{
			"task_annotations", "CELERY_ANNOTATIONS", `{"a.b": {"queue": "mail"}}`,
			func(c *config.Config) any { return c.Message().TaskDefaults["a.b"].Queue }, "mail",
		},
		{"task_serializer", "CELERY_TASK_SERIALIZER", `"msgpack"`, func(c *config.Config) any { return c.Message().Serializer }, "msgpack"},
		{"task_compression", "CELERY_MESSAGE_COMPRESSION", `"gzip"`, func(c *config.Config) any { return c.Message().Compression }, "gzip"},
		{"task_protocol", "CELERY_TASK_PROTOCOL", `1`, func(c *config.Config) any { return c.Message().Protocol }, 1},
		{
			"task_send_sent_event", "CELERY_SEND_TASK_SENT_EVENT", `true`,
			func(c *config.Config) any { return c.Message().SendSentEvent }, true,
		},
		{"result_backend", "RESULT_BACKEND", `"redis://h/9"`, func(c *config.Config) any { return c.Beat.ResultBackend.Reveal() }, "redis://h/9"},
		{"result_expires", "CELERY_TASK_RESULT_EXPIRES", `0`, func(c *config.Config) any { return c.Beat.ResultExpires }, false},
	}
}

// Each setting has its effect as a setting of a file, under its name in Django's settings, and by each variable.
func TestSettingsOfCelery(t *testing.T) {
	t.Parallel()
	for _, tt := range celerySettings() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := tt.value
			var word string
			if json.Unmarshal([]byte(tt.value), &word) == nil {
				text = word // a variable holds no quotes
			}
			check := func(form string, vars map[string]string) {
				t.Helper()
				c, err := config.Load(config.Sources{LookupEnv: env(vars)})
				if err != nil {
					t.Errorf("%s: %v", form, err)
					return
				}
				if got := fmt.Sprint(tt.effect(&c)); got != fmt.Sprint(tt.want) {
					t.Errorf("%s: got %s, want %v", form, got, tt.want)
				}
			}
			names := []string{tt.name, "CELERY_" + strings.ToUpper(tt.name)}
			if tt.older != "" && !slices.Contains(names, tt.older) {
				names = append(names, tt.older)
			}
			for i, name := range names {
				if i > 0 {
					check("variable "+name, map[string]string{name: text})
				}
				if i < 2 || config.Canonical(name) == tt.name {
					check("in a file "+name, map[string]string{"CELERY_CONFIG": write(t, "beat.json", `{"`+name+`": `+tt.value+`}`)})
				}
			}
			c, err := config.Load(config.Sources{})
			if err != nil {
				t.Fatal(err)
			}
			if tt.name == "broker_use_ssl" { // there is none by default
				return
			}
			if got := fmt.Sprint(tt.effect(&c)); got == fmt.Sprint(tt.want) {
				t.Errorf("%s is the default, so that nothing is tested", got)
			}
		})
	}
}

// Settings that concern workers only or the way in which celery beat is made are passed over without a word.
func TestSettingsOfCeleryWithoutEffect(t *testing.T) {
	t.Parallel()
	settings := `{
		"beat_sync_every": 3, "broker_connection_retry": false, "broker_connection_max_retries": 3, "broker_heartbeat": 5,
		"broker_read_url": "redis://r/0", "broker_pool_limit": 1, "beat_engine_options": {"echo": true}, "redbeat_lock_timeout": 9,
		"task_time_limit": 3, "task_soft_time_limit": 2, "worker_concurrency": 4}`
	given, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_CONFIG": write(t, "beat.json", settings)})})
	if err != nil {
		t.Fatal(err)
	}
	if w := given.Warnings(); len(w) != 0 {
		t.Errorf("warnings %q", w)
	}
	plain, err := config.Load(config.Sources{LookupEnv: env(map[string]string{"CELERY_CONFIG": write(t, "beat.json", "{}")})})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range plain.Settings() {
		if got := given.Settings()[i]; s.Name != "config" && fmt.Sprint(got.Value) != fmt.Sprint(s.Value) {
			t.Errorf("%s became %v", got.Name, got.Value)
		}
	}
}
