package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/migrations"
)

// OpenStore opens the store that database_url names and prepares it as the setting migrate says. The caller closes
// it.
func (a *App) OpenStore(ctx context.Context, cfg config.Config) (Store, error) {
	store, err := a.openStore(ctx, cfg, a.Logger(cfg))
	if err != nil || scheme(cfg.Database.URL) != "memory" {
		return store, err
	}
	// Nothing else is in this memory, so that commands show what a beat with these settings would run.
	list, ok, err := a.scheduleList(cfg)
	if err == nil && ok {
		err = bringInLine(ctx, &list, store, func(*reconcile.Step, beat.Entry) {})
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func (a *App) openStore(ctx context.Context, cfg config.Config, log *slog.Logger) (Store, error) {
	st, err := newStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	mode := beat.PrepareCreate
	if cfg.Database.Migrate == config.MigrateOff {
		mode = beat.PrepareCheck
	}
	if err := st.Prepare(ctx, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", cfg.Database.URL, err), st.Close())
	}
	return st, nil
}

// newStore returns the store for the scheme of database_url. Its tables need not exist.
func newStore(ctx context.Context, cfg config.Config, log *slog.Logger) (Store, error) {
	if err := withoutStore(&cfg); err != nil {
		return nil, err
	}
	if scheme(cfg.Database.URL) == "memory" {
		return memstore.New(), nil
	}
	if cfg.Beat.Kind() == config.KindRedBeat {
		return newRedBeatStore(cfg, log)
	}
	if inRedis(&cfg) {
		return newRedisStore(cfg, log)
	}
	if inDocuments(&cfg) {
		return newDocumentStore(ctx, cfg)
	}
	if _, err := dialect(&cfg); err != nil {
		return nil, err
	}
	return newMigrated(ctx, cfg, log)
}

// withoutStore refuses schedulers whose tables cannot be used yet.
func withoutStore(cfg *config.Config) error {
	switch cfg.Beat.Kind() {
	case config.KindNative, config.KindApp, config.KindDjango, config.KindDjcelery, config.KindSQLAlchemy, config.KindCSS, config.KindRedBeat:
		return nil
	default:
	}
	return &config.FieldError{
		Field: "beat_scheduler", Value: cfg.Beat.Scheduler, Source: cfg.Origin("beat_scheduler"),
		Problem: "cannot be used yet: there is no store over its tables; leave it out to use the program's own tables, or " +
			"give celery.beat:PersistentScheduler to run beat_schedule",
	}
}

// inRedis tells whether the program's own entries lie in Redis.
func inRedis(cfg *config.Config) bool {
	return ofRedis(cfg.Database.URL) && !cfg.Beat.Kind().OfDjango()
}

// ofRedis tells whether a database URL names a Redis, or the sentinels of one.
func ofRedis(url config.Secret) bool {
	return slices.Contains([]string{"redis", "rediss", "sentinel"}, scheme(url))
}

func newRedisStore(cfg config.Config, log *slog.Logger) (*redisstore.Store, error) {
	st, err := redisstore.Open(redisstore.Config{
		URL: cfg.Database.URL.Reveal(), Sentinel: sentinel(cfg.Database.Sentinel), Namespace: cfg.Database.Namespace, Logger: log,
		MaxConns: redisstore.DefaultMaxConns + cfg.Beat.Shards - 1,
	})
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

func newSQLStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*gormstore.Store, error) {
	st, err := gormstore.Open(ctx, sqlConfig(&cfg, log))
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

// tenantConns are the connections for ordinary work of each of several schemas.
const tenantConns = 2

func sqlConfig(cfg *config.Config, log *slog.Logger) gormstore.Config {
	conns := gormstore.DefaultMaxConns
	if cfg.Tenant() != "" {
		conns = tenantConns
	}
	return gormstore.Config{
		URL: cfg.Database.URL.Reveal(), Namespace: cfg.Database.Namespace, Prefix: cfg.Database.Prefix,
		Schema: cfg.Database.Schema, Logger: log, MaxConns: conns + cfg.Beat.Shards - 1,
		HistoryKeep: historyKeep(cfg.Database.HistoryKeep), SpentKeep: cfg.Database.SpentKeep,
	}
}

// historyKeep turns a setting into what stores understand, where 0 is the default.
func historyKeep(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// scheme returns the scheme of a database URL without the driver that SQLAlchemy names there.
func scheme(url config.Secret) string {
	s, _, _ := strings.Cut(url.Reveal(), "://")
	s, _, _ = strings.Cut(strings.ToLower(s), "+")
	return s
}

// dialect returns the kind of SQL database that database_url names.
func dialect(cfg *config.Config) (migrations.Dialect, error) {
	switch scheme(cfg.Database.URL) {
	case "postgresql", "postgres", "postgis":
		return migrations.Postgres, nil
	case "mysql", "mariadb":
		return migrations.MySQL, nil
	case "sqlite", "sqlite3":
		return migrations.SQLite, nil
	case "redis", "rediss", "sentinel", "mongodb", "dynamodb", "memory":
		return "", &config.FieldError{
			Field: "database_url", Value: cfg.Database.URL.String(), Source: cfg.Origin("database_url"),
			Problem: "names no SQL database, which this needs",
		}
	}
	return "", &config.FieldError{
		Field: "database_url", Value: cfg.Database.URL.String(), Source: cfg.Origin("database_url"),
		Problem: "does not begin with one of postgresql://, mysql://, sqlite:///, redis://, mongodb://, dynamodb://, memory://",
	}
}

// OpenPublisher returns the publisher for the broker URL. It connects when it is first used; the caller closes it.
func (a *App) OpenPublisher(_ context.Context, cfg config.Config) (Publisher, error) {
	return a.openPublisher(cfg, a.Logger(cfg))
}

func (a *App) openPublisher(cfg config.Config, log *slog.Logger) (Publisher, error) {
	urls, err := cfg.URLs()
	if err != nil {
		return nil, err
	}
	var pub Publisher
	switch urls[0].Driver() {
	case broker.DriverAMQP:
		pub, err = amqp.New(urls, amqpConfig(cfg, log))
	case broker.DriverRedis:
		pub, err = redis.New(urls, redisConfig(cfg, log))
	}
	if err != nil {
		return nil, fmt.Errorf("prepare the broker %s: %w", cfg.Broker.Effective(), err)
	}
	return pub, nil
}

// messageSettings returns the settings of the messages that this process makes.
func messageSettings(cfg config.Config) (message.Settings, error) {
	s := cfg.Message()
	s.Origin, s.PID = origin(), os.Getpid()
	if urls, err := cfg.URLs(); err == nil && len(urls) > 0 {
		forDriver(&s, urls[0].Driver())
	}
	if cfg.Security.Signs() {
		signs, err := signer(cfg.Security, time.Now())
		if err != nil {
			return s, fmt.Errorf("sign messages: %w", err)
		}
		s.Serializers = append(s.Serializers, signs)
	}
	return s, nil
}

// forDriver sets what depends on the broker: with RabbitMQ a task with an eta may wait in the broker, and on Redis
// events go to a fanout exchange, as Celery has it.
func forDriver(s *message.Settings, driver string) {
	switch driver {
	case broker.DriverAMQP:
		s.NativeDelay = true
	case broker.DriverRedis:
		s.EventExchangeType = "fanout"
	}
}

// QuietLibraries keeps libraries from printing past the log of the program. It changes the whole process, so main
// calls it, once.
func QuietLibraries() { redis.LogTo(slog.New(slog.DiscardHandler)) }
