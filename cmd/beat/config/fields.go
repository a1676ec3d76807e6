package config

import (
	"slices"
	"strings"
)

// field is one setting: its name, the variables beside BEAT_<NAME> and CELERY_<NAME> that may hold it, the one with
// the most weight first, and its place in a Config.
type field struct {
	name  string
	env   []string
	value value
}

// Setting is one setting as it is shown: masked, with its source.
type Setting struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Source string `json:"source"`
}

// Settings returns all settings in the order of the table, secrets masked.
func (c *Config) Settings() []Setting {
	var out []Setting
	for _, f := range c.fields() {
		out = append(out, Setting{Name: f.name, Value: f.value.show(), Source: c.Origin(f.name)})
	}
	return out
}

func (c *Config) fields() []field {
	var out []field
	for _, part := range [][]field{c.storeFields(), c.brokerFields(), c.taskFields(), c.beatFields(), c.processFields(), c.idleFields()} {
		out = append(out, part...)
	}
	return out
}

func (c *Config) storeFields() []field {
	d := &c.Database
	return []field{
		{"database_url", []string{"DATABASE_URL", "SQLALCHEMY_DATABASE_URI"}, secret{&d.URL}},
		{"database_sentinel", nil, sentinel{&d.Sentinel}},
		{"database_schema", nil, text{&d.Schema}},
		{"database_schemas", nil, words{&c.Tenants.Schemas}},
		{"table_prefix", nil, text{&d.Prefix}},
		{"namespace", nil, text{&d.Namespace}},
		{"migrate", nil, choice{&d.Migrate, []string{MigrateAuto, MigrateOff}}},
		{"history_keep", nil, span{&d.HistoryKeep}},
		{"spent_keep", nil, span{&d.SpentKeep}},
	}
}

func (c *Config) brokerFields() []field {
	b := &c.Broker
	return append([]field{
		{"broker_url", []string{"CELERY_BROKER", "BROKER_URL"}, secret{&b.URL}},
		{"broker_write_url", nil, secret{&b.WriteURL}},
		{"broker_connection_timeout", nil, span{&b.ConnectionTimeout}},
		{"broker_use_ssl", nil, useSSL{&b.TLS}},
		{"broker_login_method", nil, login{&b.LoginMethod}},
		{"broker_failover_strategy", nil, choice{&b.Failover, []string{FailoverRoundRobin, FailoverShuffle}}},
		{"broker_transport_options", nil, transport{&b.Transport}},
	}, b.Parts.fields()...)
}

func (c *Config) taskFields() []field {
	t := &c.Task
	return []field{
		{"timezone", nil, text{&c.Clock.Timezone}},
		{"enable_utc", nil, truth{&c.Clock.EnableUTC}},
		{"calendars", nil, &c.Clock.Calendars},
		{"time_zone", []string{"TIME_ZONE"}, text{&c.Clock.Django.TimeZone}},
		{"use_tz", []string{"USE_TZ"}, truth{&c.Clock.Django.UseTZ}},
		{"django_celery_beat_tz_aware", []string{"DJANGO_CELERY_BEAT_TZ_AWARE"}, truth{&c.Clock.Django.Aware}},
		{"task_protocol", nil, number{&t.Protocol}},
		{"task_serializer", nil, text{&t.Serializer}},
		{"task_compression", nil, text{&t.Compression}},
		{"task_default_queue", nil, text{&t.Queue}},
		{"task_default_queue_type", nil, text{&t.QueueType}},
		{"task_default_exchange", nil, text{&t.Exchange}},
		{"task_default_exchange_type", nil, text{&t.ExchangeType}},
		{"task_default_routing_key", nil, text{&t.RoutingKey}},
		{"task_default_delivery_mode", nil, deliveryMode{&t.DeliveryMode}},
		{"task_queue_max_priority", nil, number{&t.MaxPriority}},
		{"task_create_missing_queues", nil, truth{&t.CreateMissing}},
		{"task_create_missing_queue_type", nil, text{&t.MissingType}},
		{"task_create_missing_queue_exchange_type", nil, text{&t.MissingExchangeType}},
		{"task_queues", nil, &t.Queues},
		{"task_routes", nil, &t.Routes},
		{"task_annotations", nil, &t.Annotations},
		{"task_send_sent_event", nil, truth{&t.SendSentEvent}},
		{"event_exchange", nil, text{&t.EventExchange}},
		{"event_serializer", nil, text{&t.EventSerializer}},
		{"headers_override", nil, truth{&t.HeadersOverride}},
		{"security_key", nil, text{&c.Security.Key}},
		{"security_certificate", nil, text{&c.Security.Certificate}},
		{"security_digest", nil, text{&c.Security.Digest}},
	}
}

func (c *Config) beatFields() []field {
	b := &c.Beat
	return []field{
		{"beat_scheduler", nil, text{&b.Scheduler}},
		{"django_database_url", nil, secret{&b.DjangoURL}},
		{"beat_dburi", nil, secret{&b.DBURI}},
		{"beat_schema", nil, text{&b.Schema}},
		{"redbeat_redis_url", []string{"REDBEAT_REDIS_URL"}, secret{&b.RedBeat.URL}},
		{"redbeat_redis_use_ssl", nil, useSSL{&b.RedBeat.TLS}},
		{"redbeat_redis_options", nil, redBeatOptions{&b.RedBeat.Options}},
		{"redbeat_key_prefix", []string{"REDBEAT_KEY_PREFIX"}, text{&b.RedBeat.Prefix}},
		{"redbeat_lock_key", []string{"REDBEAT_LOCK_KEY"}, text{&b.RedBeat.Lock}},
		{"beat_schedule", nil, &b.Schedule},
		{"beat_schedule_filename", []string{"CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"}, schedulePath{text{&b.ScheduleFile}}},
		{"apply_at_start", nil, truth{&b.ApplyAtStart}},
		{"backend_cleanup", nil, choice{&b.BackendCleanup, []string{CleanupAuto, CleanupOn, CleanupOff}}},
		{"result_backend", []string{"RESULT_BACKEND"}, secret{&b.ResultBackend}},
		{"result_expires", nil, expiry{&b.ResultExpires}},
		{"beat_max_loop_interval", []string{"CELERY_BEAT_MAX_INTERVAL"}, span{&b.MaxInterval}},
		{"poll_interval", nil, span{&b.PollInterval}},
		{"misfire_grace", nil, span{&b.MisfireGrace}},
		{"drain_timeout", nil, span{&b.DrainTimeout}},
		{"lease_ttl", nil, span{&b.LeaseTTL}},
		{"deployment", nil, text{&b.Deployment}},
		{"shards", nil, number{&b.Shards}},
		{"bare_messages", nil, truth{&b.BareMessages}},
		{"beat_cron_starting_deadline", nil, span{&b.StartingDeadline}},
		{"trace", nil, truth{&b.Trace}},
		{"ask_workers", nil, truth{&c.Control.AskWorkers}},
		{"control_exchange", nil, text{&c.Control.Exchange}},
		{"beat_send_heartbeat_events", nil, truth{&b.SendHeartbeats}},
		{"allow_tasks", nil, words{&b.AllowTasks}},
		{"allow_queues", nil, words{&b.AllowQueues}},
		{"least_interval", nil, span{&b.LeastInterval}},
		{"strict", nil, truth{&b.Strict}},
		{"catch_up_rate", nil, number{&b.CatchUpRate}},
		{"http", nil, text{&b.HTTP}},
		{"unhealthy_after", nil, span{&b.UnhealthyAfter}},
		{"exit_unhealthy", nil, truth{&b.ExitUnhealthy}},
	}
}

func (c *Config) processFields() []field {
	l, p := &c.Log, &c.Process
	return []field{
		{"app", []string{"APP"}, text{&c.App}},
		{"app_import", nil, truth{&c.Import.On}},
		{"python", nil, text{&c.Import.Python}},
		{"app_timeout", nil, span{&c.Import.Timeout}},
		{"config", []string{"CELERY_CONFIG_MODULE", "CONFIG_MODULE"}, text{&c.File}},
		{"loglevel", []string{"CELERY_BEAT_LOGLEVEL"}, level{&l.Level}},
		{"logfile", []string{"CELERY_BEAT_LOGFILE"}, text{&l.File}},
		{"log_format", nil, choice{&l.Format, []string{FormatText, FormatJSON}}},
		{"no_color", []string{"NO_COLOR"}, presence{&l.NoColor}},
		{"quiet", nil, truth{&l.Quiet}},
		{"pidfile", []string{"CELERY_BEAT_PIDFILE"}, text{&p.Pidfile}},
		{"workdir", []string{"CELERY_BEAT_WORKDIR"}, text{&p.Workdir}},
		{"detach", []string{"CELERY_BEAT_DETACH"}, truth{&p.Detach}},
		{"lenient", nil, truth{&p.Lenient}},
		{"uid", []string{"CELERY_BEAT_UID"}, text{&p.User}},
		{"gid", []string{"CELERY_BEAT_GID"}, text{&p.Group}},
		{"umask", []string{"CELERY_BEAT_UMASK"}, text{&p.Umask}},
	}
}

// idleFields are options of celery beat that mean nothing here. They are read so that they are no mistake.
func (c *Config) idleFields() []field {
	i := &c.Idle
	return []field{
		{"loader", []string{"LOADER"}, text{&i.Loader}},
		{"executable", []string{"CELERY_BEAT_EXECUTABLE"}, text{&i.Executable}},
		{"skip_checks", []string{"SKIP_CHECKS"}, presence{&i.SkipChecks}},
		{"hostname", []string{"CELERY_BEAT_HOSTNAME"}, text{&i.Hostname}},
		{"beat_enable_remote_control", []string{"CELERY_BEAT_REMOTE_CONTROL"}, truth{&i.RemoteControl}},
	}
}

// Unused returns the names of the settings that were given and mean nothing here.
func (c *Config) Unused() []string {
	var out []string
	for _, f := range c.idleFields() {
		if c.Origin(f.name) != FromDefault {
			out = append(out, f.name)
		}
	}
	return out
}

// variables returns the names of the variables that may hold the setting, the one with the most weight first.
func (f *field) variables() []string {
	upper := strings.ToUpper(f.name)
	out := []string{"BEAT_" + strings.TrimPrefix(upper, "BEAT_")}
	for _, name := range slices.Concat([]string{"CELERY_" + upper}, f.env, olderNames(f.name)) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (f *field) isSecret() bool {
	switch f.value.(type) {
	case secret, password:
		return true
	}
	return false
}
