package config

import (
	"log/slog"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// Config is everything the program can be told. The comments name the settings.
type Config struct {
	App    string // app: the Celery app
	Import Import
	File   string // config: the file that was read; empty when none was

	Database Database
	Tenants  Tenants
	Broker   Broker
	Task     Task
	Security Security
	Clock    Clock
	Control  Control
	Beat     Beat
	Log      Log
	Process  Process
	Idle     Idle

	exported bool              // File is an export of an app
	origins  map[string]string // by setting; absent: default
	warnings []string
}

// Import says how the settings of the app are read from its code, which a Python does.
type Import struct {
	On      bool          // app_import: false takes the app for a label only
	Python  string        // python: name or path; empty: python3, else python
	Timeout time.Duration // app_timeout: most time that the import may take
}

// Idle are options of celery beat that are accepted and mean nothing here.
type Idle struct {
	Loader        string // loader
	Executable    string // executable
	SkipChecks    bool   // skip_checks
	Hostname      string // hostname
	RemoteControl bool   // beat_enable_remote_control
}

// Database says where the rows are. Two equal values mean the same rows in the same store.
type Database struct {
	URL       Secret   // database_url
	Sentinel  Sentinel // database_sentinel: how the master is found when the URL names sentinels
	Schema    string   // database_schema: PostgreSQL schema; empty: the first of the search path
	Prefix    string   // table_prefix: stands in front of the names of all tables
	Namespace string   // namespace: only tasks of this namespace are run and edited
	Migrate   string   // migrate: MigrateAuto or MigrateOff

	HistoryKeep time.Duration // history_keep: how long runs, sent or given up, are remembered; 0: for ever
	SpentKeep   time.Duration // spent_keep: how long rows stay whose last run was sent; 0: for ever
}

// DefaultHistoryKeep is the default of history_keep.
const DefaultHistoryKeep = 30 * 24 * time.Hour

// Values of the setting migrate.
const (
	MigrateAuto = "auto" // tables are created and brought up to date at start
	MigrateOff  = "off"  // they are only checked
)

// Broker says where messages go.
type Broker struct {
	URL               Secret        // broker_url
	WriteURL          Secret        // broker_write_url: wins over broker_url
	ConnectionTimeout time.Duration // broker_connection_timeout, seconds; 0: 4 s. That of a URL wins
	TLS               *broker.TLS   // broker_use_ssl; nil: as the URL says
	LoginMethod       string        // broker_login_method: PLAIN, AMQPLAIN or EXTERNAL; empty: PLAIN. That of a URL wins
	Failover          string        // broker_failover_strategy: FailoverRoundRobin or FailoverShuffle
	Transport         Transport     // broker_transport_options
	Parts             BrokerParts   // the broker piece by piece, which the URLs are completed with
}

// Values of the setting broker_failover_strategy.
const (
	FailoverRoundRobin = "round-robin"
	FailoverShuffle    = "shuffle"
)

// Effective returns the URL that messages are sent to.
func (b *Broker) Effective() Secret {
	if b.WriteURL != "" {
		return b.WriteURL
	}
	return b.URL
}

// Transport holds those of broker_transport_options that matter to a producer. The zero value is kombu's default.
type Transport struct {
	KeyPrefix        string // global_keyprefix
	PrioritySteps    []int  // priority_steps
	Sep              string // sep
	FanoutPrefix     string // fanout_prefix, when it is text
	NoFanoutPrefix   bool   // fanout_prefix is false
	NoFanoutPatterns bool   // fanout_patterns is false
	DeadLetterQueue  string // deadletter_queue

	LoginMethod      string            // login_method: wins over that of the URL
	ClientProperties map[string]string // client_properties: what RabbitMQ shows of the connection

	BodyEncoding   string        // body_encoding: BodyBase64 or BodyUTF8; empty: the first
	Sentinel       Sentinel      // master_name, sentinel_kwargs, min_other_sentinels
	SocketTimeout  time.Duration // socket_timeout: one command; 0: 5 s
	ConnectTimeout time.Duration // socket_connect_timeout; 0: broker_connection_timeout
	NoKeepAlive    bool          // socket_keepalive is false
	MaxConnections int           // max_connections; 0: 8
	ClientName     string        // client_name: what Redis shows of the connection
}

// Values of the transport option body_encoding.
const (
	BodyBase64 = "base64"
	BodyUTF8   = "utf-8"
)

// Sentinel says how the master of sentinel:// URLs is found, and how to log in to the sentinels.
type Sentinel struct {
	Master    string
	MinOthers int
	User      string
	Password  Password
	TLS       *broker.TLS // nil: without TLS
}

// Task holds Celery's settings for messages. Empty values mean Celery's defaults.
type Task struct {
	Protocol      int    // task_protocol: 1 or 2
	Serializer    string // task_serializer
	Compression   string // task_compression
	Queue         string // task_default_queue
	QueueType     string // task_default_queue_type
	Exchange      string // task_default_exchange
	ExchangeType  string // task_default_exchange_type
	RoutingKey    string // task_default_routing_key
	DeliveryMode  int    // task_default_delivery_mode: 1 transient, 2 persistent
	MaxPriority   int    // task_queue_max_priority: 0 none, up to 255
	CreateMissing bool   // task_create_missing_queues

	MissingType         string // task_create_missing_queue_type: classic or quorum
	MissingExchangeType string // task_create_missing_queue_exchange_type

	Queues QueueTable // task_queues
	Routes RouteTable // task_routes

	Annotations Annotations // task_annotations: options of tasks, by name of the task; rows win over them

	SendSentEvent   bool   // task_send_sent_event: tell monitors of each message
	EventExchange   string // event_exchange
	EventSerializer string // event_serializer

	HeadersOverride bool // headers_override: rows may set headers of the protocol and their task id, as with Celery
}

// Security names what messages are signed with: PEM files. Without a key, none can be signed.
type Security struct {
	Key         string // security_key: an RSA key, not encrypted
	Certificate string // security_certificate: of the key
	Digest      string // security_digest: sha224, sha256, sha384, sha512; empty: sha256
}

// Signs tells whether messages can be signed.
func (s *Security) Signs() bool { return s.Key != "" || s.Certificate != "" }

// Clock says how times are read.
type Clock struct {
	Timezone  string // timezone: of schedules that name none; empty: UTC, or the system's without EnableUTC
	EnableUTC bool   // enable_utc

	Calendars Calendars // calendars: sets of dates that schedules can exclude by name
	Django    Django
}

// Control says how workers are asked over Celery's remote control.
type Control struct {
	AskWorkers bool   // ask_workers: whether they know the tasks and read the queues of the rows
	Exchange   string // control_exchange: where they listen
}

// Beat holds the settings of the scheduler. Zero durations mean the scheduler's defaults.
type Beat struct {
	Scheduler    string // beat_scheduler: see Kind
	DjangoURL    Secret // django_database_url: that of the tables of django-celery-beat, as its project says
	DBURI        Secret // beat_dburi: database_url of the schedulers for SQLAlchemy
	Schema       string // beat_schema: their database_schema
	RedBeat      RedBeat
	MaxInterval  time.Duration // beat_max_loop_interval, seconds; 0: none. Changes are looked for at least this often
	PollInterval time.Duration // poll_interval: between two looks for changed rows
	MisfireGrace time.Duration // misfire_grace: a run later than this is missed for misfire skip
	DrainTimeout time.Duration // drain_timeout: most time for finishing work when told to stop
	LeaseTTL     time.Duration // lease_ttl: how long a leader that vanished still blocks others
	Shards       int           // shards: over how many leaders the work is spread, 1 to 64
	Deployment   string        // deployment: part of the ids of runs, and name of the fence at the broker
	BareMessages bool          // bare_messages: leave out the headers that tell a task which run it is

	Schedule       ScheduleTable // beat_schedule: entries that the tables are brought in line with
	ScheduleFile   string        // beat_schedule_filename: not used
	ApplyAtStart   bool          // apply_at_start: beat_schedule is applied when the scheduler starts
	BackendCleanup string        // backend_cleanup: whether the entry celery.backend_cleanup is added
	ResultBackend  Secret        // result_backend: only decides on that entry
	ResultExpires  bool          // result_expires: whether results expire; only decides on that entry

	AllowTasks    []string      // allow_tasks: patterns of the tasks that rows may send; empty: all
	AllowQueues   []string      // allow_queues: patterns of queues and exchanges; empty: all
	LeastInterval time.Duration // least_interval: least period of an interval; 0: none
	Strict        bool          // strict: allow_tasks must be set, and passwords need TLS

	Trace bool // trace: begin a W3C trace with each message

	SendHeartbeats bool // beat_send_heartbeat_events: tell monitors that this process is there, as workers do

	StartingDeadline time.Duration // beat_cron_starting_deadline, seconds; 0: none
	CatchUpRate      int           // catch_up_rate: most runs a second made up for entries with misfire all

	HTTP           string        // http: address that serves health and metrics; empty: none
	UnhealthyAfter time.Duration // unhealthy_after: how late due work may be
	ExitUnhealthy  bool          // exit_unhealthy: end the process when it is unhealthy
}

// RedBeat says where the keys of RedBeat are. Empty values mean its defaults.
type RedBeat struct {
	URL     Secret         // redbeat_redis_url: its database_url; empty: the broker's
	TLS     *broker.TLS    // redbeat_redis_use_ssl; see RedBeatTLS
	Options RedBeatOptions // redbeat_redis_options
	Prefix  string         // redbeat_key_prefix
	Lock    string         // redbeat_lock_key; empty though it was given: no lock
}

// Values of the setting backend_cleanup.
const (
	CleanupAuto = "auto" // added when results expire and their backend does not remove them by itself, as in Celery
	CleanupOn   = "on"
	CleanupOff  = "off"
)

// Poll returns how often changes are looked for.
func (b *Beat) Poll() time.Duration {
	if b.MaxInterval > 0 {
		return min(b.MaxInterval, b.PollInterval)
	}
	return b.PollInterval
}

// Log says what is logged, where and how.
type Log struct {
	Level   slog.Level // loglevel
	File    string     // logfile; empty: standard error
	Format  string     // log_format: FormatText or FormatJSON
	NoColor bool       // no_color
	Quiet   bool       // quiet: no banner
}

// Values of the setting log_format.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// Process says how the process stands in its system.
type Process struct {
	Pidfile string // pidfile; empty: none
	Workdir string // workdir; empty: where it was started
	User    string // uid: name or number
	Group   string // gid: name or number
	Umask   string // umask: octal
	Detach  bool   // detach: run in the background
	Lenient bool   // lenient: unknown flags are no mistake
}

// defaultAppTimeout is generous: large projects take half a minute to import on a cold disk.
const defaultAppTimeout = time.Minute

// Default returns the settings of a program that is told nothing.
func Default() Config {
	return Config{
		Import:   Import{On: true, Timeout: defaultAppTimeout},
		Database: Database{URL: "sqlite:///beat.db", Migrate: MigrateAuto, HistoryKeep: DefaultHistoryKeep},
		Broker:   Broker{URL: "amqp://guest:guest@localhost:5672//", Failover: FailoverRoundRobin},
		Task:     Task{Protocol: 2, Serializer: "json", Queue: "celery", DeliveryMode: 2, CreateMissing: true},
		Clock:    Clock{EnableUTC: true, Django: Django{UseTZ: true, Aware: true}},
		Control:  Control{AskWorkers: true, Exchange: pidbox.DefaultExchange},
		Beat: Beat{
			Scheduler:    SchedulerNative,
			PollInterval: beat.DefaultPollInterval,
			MisfireGrace: beat.DefaultMisfireGrace,
			DrainTimeout: beat.DefaultDrainTimeout,
			LeaseTTL:     beat.DefaultLeaseTTL,
			Shards:       1,

			ApplyAtStart: true, BackendCleanup: CleanupAuto, ResultExpires: true,

			CatchUpRate:    beat.DefaultCatchUpRate,
			UnhealthyAfter: beat.DefaultUnhealthyAfter,
		},
		Log: Log{Level: slog.LevelInfo, Format: FormatText},
	}
}

// Warnings returns what is odd about the settings without being wrong, a line each.
func (c *Config) Warnings() []string { return c.warnings }

// Exported tells whether the settings file is an export of an app, so that its code need not be asked.
func (c *Config) Exported() bool { return c.exported }

// Origin returns where a setting comes from: "default", "file …", "environment …" or "flag …".
func (c *Config) Origin(name string) string {
	if from, ok := c.origins[name]; ok {
		return from
	}
	return FromDefault
}

// Defaults tells whether nothing was set anywhere.
func (c *Config) Defaults() bool { return len(c.origins) == 0 }

// Location returns the zone of schedules that name none, as Celery derives it.
func (c *Config) Location() (*time.Location, error) {
	setting, name := "timezone", c.Clock.Timezone
	switch {
	case name != "":
	case c.Clock.EnableUTC:
		return time.UTC, nil
	case c.Clock.Django.TimeZone != "": // Django makes it the zone of the process
		setting, name = "time_zone", c.Clock.Django.TimeZone
	default:
		return time.Local, nil
	}
	zone, err := loadZone(name)
	if err != nil {
		return nil, &FieldError{Field: setting, Value: name, Problem: problemZone}
	}
	return zone, nil
}

// Deployment returns the name that beats over the same rows share.
func (c *Config) Deployment() string {
	if schema := c.Tenant(); schema != "" {
		return c.deployment() + ":" + schema
	}
	return c.deployment()
}

func (c *Config) deployment() string {
	switch {
	case c.Beat.Deployment != "":
		return c.Beat.Deployment
	case c.Beat.Kind() == KindRedBeat && c.Beat.RedBeat.Prefix != "" && c.Beat.RedBeat.Prefix != redBeatPrefix:
		return beat.DefaultDeployment + ":" + c.Beat.RedBeat.Prefix
	case c.Database.Namespace != "":
		return beat.DefaultDeployment + ":" + c.Database.Namespace
	}
	return beat.DefaultDeployment
}
