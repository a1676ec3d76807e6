package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

func show(v any) string { return fmt.Sprint(v) }

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ setting, value, want string }{
		{"broker_url", "redis://:secret@host:port/0", "is no broker URL"},
		{"broker_url", "sqs://key:secret@", "is no broker URL"},
		{"broker_url", "http://guest:secret@host", "is no broker URL"},
		{"broker_write_url", "amqp://u:secret@host:99999//", "is no broker URL"},
		{"database_url", "beat.db", "is not a database URL such as postgresql://user:password@host/name or sqlite:///beat.db"},
		{"database_schema", "a-b", "is not a name of lower-case letters, digits and _"},
		{"database_schemas", "a,b-c", "is not a name of lower-case letters, digits and _"},
		{"database_schemas", "a,a", "is there twice"},
		{"database_schemas", "a,b", "needs PostgreSQL, which database_url does not name"},
		{"beat_scheduler", "tenant_schemas_celery.db_scheduler:TenantAwareDatabaseScheduler", "needs database_schemas, the schemas of the tenants, such as public,shop,blog"},
		{"time_zone", "Mars/Base", "is not the name of a time zone such as Europe/Berlin or UTC"},
		{"use_tz", "maybe", "is not true or false"},
		{"table_prefix", "x;drop", "is not a name of up to 30 lower-case letters, digits and _"},
		{"migrate", "maybe", "is not one of auto, off"},
		{"timezone", "Mars/Base", "is not the name of a time zone such as Europe/Berlin or UTC"},
		{"timezone", "Local", "is not the name of a time zone such as Europe/Berlin or UTC"},
		{"enable_utc", "perhaps", "is not true or false"},
		{"task_protocol", "3", "is not 1 or 2"},
		{"task_protocol", "two", "is not a whole number"},
		{"task_serializer", "pickle", "is refused: a pickle can run any code in the worker"},
		{"task_serializer", "auth", "is refused: signing needs the settings security_key and security_certificate"},
		{"task_compression", "rar", "is not a known compression"},
		{"task_send_sent_event", "maybe", "is not true or false"},
		{"event_serializer", "xml", "is not a known serializer"},
		{"event_exchange", strings.Repeat("e", 256), "is longer than 255 bytes"},
		{"control_exchange", strings.Repeat("e", 201), "is not a name of 1 to 200 bytes"},
		{"ask_workers", "sometimes", "is not true or false"},
		{"security_key", "key.pem", "cannot sign without security_certificate"},
		{"security_certificate", "cert.pem", "cannot sign without security_key"},
		{"task_default_delivery_mode", "3", "is not 1 (transient) or 2 (persistent)"},
		{"task_queue_max_priority", "256", "is not between 0 and 255"},
		{"task_default_queue", strings.Repeat("q", 256), "is longer than 255 bytes"},
		{"task_routes", "{", "is not JSON"},
		{"task_routes", "7", "is wrong: "},
		{"task_queues", `"celery"`, "is wrong: "},
		{"beat_scheduler", "proj.Mine", "is none of native, celery.beat:PersistentScheduler, "},
		{"beat_max_loop_interval", "-1", "is not between 0 and 1000000000 seconds"},
		{"beat_max_loop_interval", "soon", "is not a number of seconds or a span such as 500ms or 1m30s"},
		{"beat_max_loop_interval", "1ms", "is not 0 or at least 10ms"},
		{"poll_interval", "0", "is not between 10ms and 1h"},
		{"poll_interval", "-5s", "is negative"},
		{"poll_interval", "nan", "is not between 0 and 1000000000 seconds"},
		{"lease_ttl", "1s", "is not at least 3s"},
		{"shards", "0", "is not between 1 and 64"},
		{"shards", "65", "is not between 1 and 64"},
		{"spent_keep", "1m", "is not 0 or at least 10m0s"},
		{"history_keep", "-1s", "is negative"},
		{"drain_timeout", "0", "is not above 0"},
		{"misfire_grace", "0", "is not above 0"},
		{"catch_up_rate", "0", "is not at least 1"},
		{"unhealthy_after", "10ms", "is not at least 1s"},
		{"calendars", `{"x": ["2026-13-01"]}`, `has under x: "2026-13-01" is not a date such as 2026-12-25 or 12-25`},
		{"calendars", `[]`, `is not an object such as`},
		{"loglevel", "loud", "is not one of debug, info, warning, error, critical"},
		{"loglevel", "10", "is not one of debug, info, warning, error, critical"},
		{"log_format", "xml", "is not one of text, json"},
		{"umask", "999", "is not an octal number such as 022"},
		{"broker_use_ssl", `{"cert_reqs": "sometimes"}`, "has a wrong cert_reqs: it is not one of required, optional, none"},
		{"broker_use_ssl", "maybe", "is not true, false or an object with ca_certs, certfile, keyfile, cert_reqs"},
		{"broker_use_ssl", `{"ciphers": "x"}`, "has a wrong ciphers: it is not supported: versions and ciphers"},
		{"broker_login_method", "GSSAPI", "is not supported, it needs a Kerberos library; use PLAIN, AMQPLAIN or EXTERNAL"},
		{"broker_login_method", "DIGEST", "is not one of PLAIN, AMQPLAIN, EXTERNAL"},
		{"broker_failover_strategy", "random", "is not one of round-robin, shuffle"},
		{"broker_transport_options", `{"login_method": "x"}`, "has a wrong login_method: it is not one of PLAIN, AMQPLAIN, EXTERNAL"},
		{"broker_transport_options", `{"client_properties": 1}`, "has a wrong client_properties: it is not an object"},
		{
			"broker_transport_options", `{"client_properties": {"a": []}}`,
			"has a wrong client_properties: it has under \"a\" what is not text",
		},
		{"broker_transport_options", "[]", "is not an object"},
		{"broker_transport_options", `{"priority_steps": [3, 1]}`, "has a wrong priority_steps: it is not an ascending list"},
		{"config", "/nowhere/beat.yaml", "could not be read: no such file or directory"},
		{"config", "./beat.ini", "does not end in .yaml, .yml, .toml or .json"},
	}
	for _, tt := range tests {
		t.Run(tt.setting+" "+tt.value[:min(20, len(tt.value))], func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(config.Sources{
				Flags: map[string]config.Flag{tt.setting: {Name: "--x", Value: tt.value}},
			})
			wrong, ok := errors.AsType[config.Errors](err)
			if !ok || len(wrong) != 1 {
				t.Fatalf("got %v", err)
			}
			e := wrong[0]
			if e.Field != tt.setting || e.Source != "flag --x" || !strings.Contains(e.Problem, tt.want) {
				t.Errorf("got %+v", *e)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("shows the password or has several lines: %s", err)
			}
			if len(tt.value) < 100 && !strings.Contains(tt.value, "secret") && e.Value != tt.value &&
				!strings.HasSuffix(e.Value, "ms") && !strings.HasSuffix(e.Value, "s") {
				t.Errorf("shows %q instead of %q", e.Value, tt.value)
			}
		})
	}
}

func TestEachWrongSettingIsReported(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"BEAT_POLL_INTERVAL": "x", "CELERY_TASK_PROTOCOL": "y", "DATABASE_URL_FILE": "",
	})})
	want := "task_protocol: \"y\" (environment CELERY_TASK_PROTOCOL) is not a whole number\n" +
		"poll_interval: \"x\" (environment BEAT_POLL_INTERVAL) is not a number of seconds or a span such as 500ms or 1m30s"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	_, err = config.Load(config.Sources{LookupEnv: env(map[string]string{"DATABASE_URL_FILE": "/nowhere/url"})})
	if err == nil || err.Error() != `database_url: "/nowhere/url" (environment DATABASE_URL_FILE) `+
		"is not a readable file: no such file or directory" {
		t.Errorf("got %v", err)
	}
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{"amqp://guest:secret@localhost:5672//", "amqp://guest:**@localhost:5672//"},
		{"redis://:secret@host/0", "redis://:**@host/0"},
		{"redis://u:se@cret@host/0", "redis://u:**@host/0"},
		{"redis://u:secret/@host/0", "redis://u:**@host/0"},
		{"amqp://a:secret@x//;amqp://b:secret@y//", "amqp://a:**@x//;amqp://b:**@y//"},
		{"postgresql://u@h/d?sslmode=disable&password=secret", "postgresql://u@h/d?sslmode=disable&password=**"},
		{"postgresql://u@h/d?sslpassword=secret", "postgresql://u@h/d?sslpassword=**"},
		{"rediss://h/0?pass%77ord=secret", "rediss://h/0?pass%77ord=**"},
		{"u:secret@host", "**"},
		{"redis://u:secret?x@host/0?y=1", "redis://u:**@host/0?y=1"},
		{"redis://u:secret;secret;secret@host/0", "redis://u:**;**;**"},
		{"postgresql://h:5432/d?password=secret@x", "postgresql://h:**@x"},
		{"postgresql://h/d?password=secret@x", "postgresql://h/d?password=**"},
		{"redis://[::1]:6379/0", "redis://[::1]:6379/0"},
		{"redis://host:6379/0", "redis://host:6379/0"},
		{"sqlite:///beat.db", "sqlite:///beat.db"},
		{"", ""},
	}
	for _, tt := range tests {
		s := config.Secret(tt.url)
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "url", s)
		text, err := json.Marshal(map[string]any{"url": s})
		if err != nil {
			t.Fatal(err)
		}
		for form, got := range map[string]string{
			"String": s.String(), "%v": fmt.Sprintf("%v", s), "%q": fmt.Sprintf("%q", s),
			"%#v": fmt.Sprintf("%#v", s), "%+v in a struct": fmt.Sprintf("%+v", config.Broker{URL: s}),
			"slog": log.String(), "json": string(text),
		} {
			if strings.Contains(got, "secret") || strings.Contains(got, "cret@") {
				t.Errorf("%s of %q shows the password: %s", form, tt.url, got)
			}
		}
		if s.String() != tt.want || s.Reveal() != tt.url {
			t.Errorf("%q: got %q, reveals %q", tt.url, s, s.Reveal())
		}
	}
}

// FuzzRedaction makes sure that no password gets through, wherever it stands.
func FuzzRedaction(f *testing.F) {
	f.Add("amqp", "user", "pa:ss@wo/rd", "host//")
	f.Add("redis", "", "p?a&b=c", "host/0?x=1")
	f.Fuzz(func(t *testing.T, scheme, user, password, rest string) {
		if strings.ContainsAny(scheme+user+rest, "@?;:") || strings.Contains(password, ";") || len(password) < 8 ||
			strings.Contains(scheme+"://"+user+":**@"+rest, password) {
			t.Skip()
		}
		s := config.Secret(scheme + "://" + user + ":" + password + "@" + rest)
		if got := s.String(); strings.Contains(got, password) {
			t.Errorf("%q shows the password", got)
		}
	})
}

func TestBrokerURLs(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{LookupEnv: env(map[string]string{
		"CELERY_BROKER_URL": "amqp://a//;amqps://b//;amqps://c//?ssl_ca_certs=own", "CELERY_BROKER_USE_SSL": `{"ca_certs": "/ca.pem", "cert_reqs": "CERT_REQUIRED"}`,
	})})
	if err != nil {
		t.Fatal(err)
	}
	urls, err := c.URLs()
	if err != nil || len(urls) != 3 {
		t.Fatalf("got %v, %v", urls, err)
	}
	for i, want := range []string{"/ca.pem", "/ca.pem", "own"} {
		if got := urls[i].TLS; got == nil || got.CAFile != want || got.Insecure {
			t.Errorf("TLS of URL %d: got %+v, want authorities in %s", i, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"loglevel", "logfile", "broker"}
	for word, want := range map[string]string{
		"loglevl": "loglevel", "brokr": "broker", "log-file": "logfile", "xyz": "", "": "", "borker": "broker",
	} {
		if got := config.Nearest(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, broker, database, allow string
		want                          string // the setting that is wrong; empty: none
	}{
		{"no list", "redis://localhost/0", "sqlite:///x.db", "", "allow_tasks"},
		{"no password", "redis://cache/0", "postgresql://u@db/d", "proj.*", ""},
		{"this host", "redis://:secret@127.0.0.1/0", "postgresql://u:secret@localhost/d", "proj.*", ""},
		{"another host", "amqp://u:secret@mq//", "sqlite:///x.db", "proj.*", "broker_url"},
		{"another host with TLS", "amqps://u:secret@mq//", "postgresql://u:secret@db/d?sslmode=verify-full", "proj.*", ""},
		{"TLS without a proof", "amqps://mq//", "postgresql://u:secret@db/d?sslmode=require", "proj.*", "database_url"},
		{"database", "redis://cache/0", "mysql://u:secret@db/d", "proj.*", "database_url"},
		{"database with TLS", "redis://cache/0", "mysql://u:secret@db/d?ssl_mode=VERIFY_IDENTITY", "proj.*", ""},
		{"Unix socket", "redis://cache/0", "postgresql://u:secret@/d?host=/run/postgresql", "proj.*", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := config.Default()
			cfg.Broker.URL, cfg.Database.URL, cfg.Beat.Strict = config.Secret(tt.broker), config.Secret(tt.database), true
			if tt.allow != "" {
				cfg.Beat.AllowTasks = []string{tt.allow}
			}
			if got := wrongFields(t, &cfg); got != tt.want {
				t.Errorf("wrong are %q, want %q", got, tt.want)
			}
		})
	}
}

// wrongFields lists the settings that Validate finds wrong. None of its errors may show the password "secret".
func wrongFields(t *testing.T, cfg *config.Config) string {
	t.Helper()
	var got []string
	for _, e := range cfg.Validate() {
		if f, ok := errors.AsType[*config.FieldError](e); ok {
			got = append(got, f.Field)
		}
		if strings.Contains(e.Error(), "secret") {
			t.Errorf("the password is shown: %v", e)
		}
	}
	return strings.Join(got, " ")
}

// TLS that is given up when the server does not offer it is refused, with or without a password.
func TestHalfheartedTLS(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"postgresql://u:secret@db/d?sslmode=prefer":      "database_url",
		"postgresql://u@localhost/d?sslmode=allow":       "database_url",
		"mysql://u:secret@db/d?ssl_mode=PREFERRED":       "database_url",
		"postgresql://u:secret@db/d?sslmode=disable":     "",
		"postgresql://u:secret@db/d?sslmode=verify-full": "",
		"postgresql://u:secret@db/d":                     "",
	} {
		cfg := config.Default()
		cfg.Database.URL = config.Secret(url)
		if got := wrongFields(t, &cfg); got != want {
			t.Errorf("%s: wrong are %q, want %q", cfg.Database.URL, got, want)
		}
	}
}

// Passwords that anybody on the way can read are warned of, without being shown.
func TestPlainPasswordsAreWarnedOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		broker, database string
		want             int
	}{
		{"amqp://u:secret@mq//", "postgresql://u:secret@db/d", 2},
		{"amqps://u:secret@mq//", "postgresql://u:secret@db/d?sslmode=verify-full", 0},
		{"redis://:secret@localhost/0", "mysql://u:secret@127.0.0.1/d", 0},
		{"redis://cache/0", "sqlite:///x.db", 0},
	} {
		env := map[string]string{"CELERY_BROKER_URL": tt.broker, "DATABASE_URL": tt.database}
		cfg, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
		if err != nil {
			t.Fatal(err)
		}
		got := cfg.Warnings()
		if len(got) != tt.want || strings.Contains(strings.Join(got, " "), "secret") {
			t.Errorf("%s, %s: warnings %q, want %d", cfg.Broker.URL, cfg.Database.URL, got, tt.want)
		}
	}
}
