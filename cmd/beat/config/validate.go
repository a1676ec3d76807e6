package config

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/message/codec"
	"github.com/gobeat/gobeat/migrations"
)

const problemSchema = "is not a name of lower-case letters, digits and _"

const problemZone = "is not the name of a time zone such as Europe/Berlin or UTC"

const (
	leastLease     = 3 * time.Second
	leastSpentKeep = 10 * time.Minute // longer than a claimed run may be under way, and than most look for it

	longestControlExchange = 200 // kombu makes longer names of it, which must not exceed 255 bytes
)

// Validate returns what is wrong with the settings, one error for each setting.
func (c *Config) Validate() Errors {
	var out Errors
	add := func(field, value, problem string) {
		out = append(out, &FieldError{Field: field, Value: value, Source: c.Origin(field), Problem: problem})
	}
	c.validateStore(add)
	if _, err := c.URLs(); err != nil {
		if e, ok := errors.AsType[*FieldError](err); ok {
			out = append(out, e)
		}
	}
	c.validateDjango(add)
	if _, err := c.Location(); err != nil && c.Clock.Timezone != "" {
		add("timezone", c.Clock.Timezone, problemZone)
	} else if _, err := message.NewBuilder(c.unsigned()); err != nil {
		if e, ok := errors.AsType[*message.OptionError](err); ok {
			add(e.Field, e.Value, e.Problem)
		} else {
			add("task settings", "", err.Error())
		}
	}
	if s := &c.Security; s.Key != "" && s.Certificate == "" {
		add("security_key", s.Key, "cannot sign without security_certificate")
	} else if s.Certificate != "" && s.Key == "" {
		add("security_certificate", s.Certificate, "cannot sign without security_key")
	}
	if n := len(c.Control.Exchange); n == 0 || n > longestControlExchange {
		add("control_exchange", c.Control.Exchange, "is not a name of 1 to "+strconv.Itoa(longestControlExchange)+" bytes")
	}
	c.validateBeat(add)
	return out
}

func (c *Config) validateStore(add func(field, value, problem string)) {
	d := &c.Database
	if scheme, _, ok := strings.Cut(d.URL.Reveal(), "://"); !ok || scheme == "" {
		add("database_url", d.URL.String(),
			"is not a database URL such as postgresql://user:password@host/name or sqlite:///beat.db")
	}
	if d.Schema != "" && !schemaName.MatchString(d.Schema) {
		add("database_schema", d.Schema, problemSchema)
	}
	c.validateTenants(add)
	if migrations.CheckPrefix(d.Prefix) != nil {
		add("table_prefix", d.Prefix, "is not a name of up to 30 lower-case letters, digits and _")
	}
	if d.SpentKeep != 0 && d.SpentKeep < leastSpentKeep {
		add("spent_keep", d.SpentKeep.String(), "is not 0 or at least "+leastSpentKeep.String())
	}
	c.validateLink(add)
	if len(d.Namespace) > 255 {
		add("namespace", d.Namespace, "is longer than 255 bytes")
	}
}

func (c *Config) validateBeat(add func(field, value, problem string)) {
	b := &c.Beat
	if b.Kind() == "" {
		add("beat_scheduler", b.Scheduler, schedulerProblem())
	}
	if b.PollInterval < 10*time.Millisecond || b.PollInterval > time.Hour {
		add("poll_interval", b.PollInterval.String(), "is not between 10ms and 1h")
	}
	if b.MaxInterval != 0 && b.MaxInterval < 10*time.Millisecond {
		add("beat_max_loop_interval", b.MaxInterval.String(), "is not 0 or at least 10ms")
	}
	if b.LeaseTTL < leastLease {
		add("lease_ttl", b.LeaseTTL.String(), "is not at least "+leastLease.String())
	}
	if b.Shards < 1 || b.Shards > beat.MostShards {
		add("shards", strconv.Itoa(b.Shards), "is not between 1 and "+strconv.Itoa(beat.MostShards))
	}
	if b.DrainTimeout <= 0 {
		add("drain_timeout", b.DrainTimeout.String(), "is not above 0")
	}
	if b.MisfireGrace <= 0 {
		add("misfire_grace", b.MisfireGrace.String(), "is not above 0")
	}
	if b.Strict {
		c.validateStrict(add)
	}
	if b.CatchUpRate < 1 {
		add("catch_up_rate", strconv.Itoa(b.CatchUpRate), "is not at least 1")
	}
	if b.UnhealthyAfter < time.Second {
		add("unhealthy_after", b.UnhealthyAfter.String(), "is not at least 1s")
	}
	if c.Process.Umask != "" {
		if n, err := strconv.ParseUint(c.Process.Umask, 8, 32); err != nil || n > 0o777 {
			add("umask", c.Process.Umask, "is not an octal number such as 022")
		}
	}
}

// validateStrict demands what a deployment needs in which not everybody who can write a row is trusted.
func (c *Config) validateStrict(add func(field, value, problem string)) {
	if len(c.Beat.AllowTasks) == 0 {
		add("allow_tasks", "", "is empty, and strict demands a list of the tasks that rows may send")
	}
	urls, err := c.URLs()
	if err != nil {
		return
	}
	for _, u := range urls {
		if u.Password() != "" && u.TLS == nil && !loopback(u.Host) {
			add("broker_url", u.String(), "sends a password to another host without TLS, which strict forbids")
		}
	}
	if c.sentinelsExposed(urls) {
		add("broker_transport_options", "", "sends the password of sentinel_kwargs to another host without TLS, which strict forbids")
	}
	if l := c.databaseLink(); l.exposed() {
		add("database_url", c.Database.URL.String(),
			"sends a password to another host without verified TLS, which strict forbids; "+l.remedy())
	}
}

// Message returns the settings of messages, without the serializer auth, whose files are not read here. The zone must
// be valid, else it is UTC.
func (c *Config) Message() message.Settings {
	zone, err := c.Location()
	if err != nil {
		zone = time.UTC
	}
	t := &c.Task
	return message.Settings{
		Headers: c.headers(),
		Zone:    zone, DisableUTC: !c.Clock.EnableUTC,
		Protocol: t.Protocol, Serializer: t.Serializer, Compression: t.Compression,
		DefaultQueue: t.Queue, DefaultQueueType: t.QueueType, DefaultExchange: t.Exchange,
		DefaultExchangeType: t.ExchangeType, DefaultRoutingKey: t.RoutingKey,
		DefaultDeliveryMode: uint8(t.DeliveryMode), QueueMaxPriority: t.MaxPriority,
		RefuseMissingQueues: !t.CreateMissing, MissingQueueType: t.MissingType,
		MissingQueueExchangeType: t.MissingExchangeType, Queues: t.Queues.defs, Routes: t.Routes.routes,
		SendSentEvent: t.SendSentEvent, EventExchange: t.EventExchange, EventSerializer: t.EventSerializer,
		HeadersOverride: t.HeadersOverride, TaskDefaults: t.Annotations.tasks,
		Serializers: codec.Serializers(), Compressors: codec.Compressors(),
	}
}

// headers are those of each message whose row does not set them.
func (c *Config) headers() []message.Header {
	schema := c.Tenant()
	if schema == "" {
		return nil
	}
	return []message.Header{message.Text(tenantHeader, schema)}
}

// unsigned returns the settings of messages with another serializer in place of the signing one.
func (c *Config) unsigned() message.Settings {
	s := c.Message()
	for _, name := range []*string{&s.Serializer, &s.EventSerializer} {
		if *name == "auth" && c.Security.Signs() {
			*name = "json"
		}
	}
	return s
}

// loadZone takes IANA names only; Go's "Local" would mean another zone on every machine.
func loadZone(name string) (*time.Location, error) {
	if strings.EqualFold(name, "local") {
		return nil, errors.New(problemZone)
	}
	return time.LoadLocation(name)
}
