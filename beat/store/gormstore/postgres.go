package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	pgdriver "gorm.io/driver/postgres"

	"github.com/gobeat/gobeat/migrations"
	"github.com/gobeat/gobeat/models"
)

// postgres is PostgreSQL 13 or newer.
type postgres struct {
	db     *sql.DB // ordinary work
	claims *sql.DB // claims, with the plan of their statement fixed
	vigil  *sql.DB // locks, for which one may wait long
	conn   *pgx.ConnConfig
	cfg    Config

	claimText string
	againText string // of a claim that is tried again
}

func openPostgres(t target, c Config) (opened, error) {
	conn, err := pgx.ParseConfig(t.url.String())
	if err != nil {
		password, _ := t.url.User.Password()
		return opened{}, fmt.Errorf("database URL: %s", hide(err.Error(), password))
	}
	params := map[string]string{
		"application_name": ApplicationName,
		// A statement that hangs must not hold locks for longer than a lease lasts.
		"statement_timeout":                   "10s",
		"lock_timeout":                        "2s",
		"idle_in_transaction_session_timeout": "5s",
		"timezone":                            "UTC",
	}
	if c.Schema != "" {
		params["search_path"] = `"` + c.Schema + `"`
	}
	for name, value := range params {
		if _, given := conn.RuntimeParams[name]; !given {
			conn.RuntimeParams[name] = value
		}
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = 5 * time.Second
	}
	db := stdlib.OpenDB(*conn)
	db.SetMaxOpenConns(c.MaxConns)
	db.SetMaxIdleConns(c.MaxConns)
	parts := postgresRows()
	if c.Tasks != "" {
		parts = postgresForeign(&c)
	}
	text := prefixed(parts.Replace(claimPostgres), c.Prefix)
	p := &postgres{
		db: db, claims: claimPool(conn), vigil: lockPool(conn), conn: conn, cfg: c,
		claimText: strings.Replace(text, "${once}", "", 1), againText: strings.Replace(text, "${once}", onceEach, 1),
	}
	return opened{db: db, dialector: pgdriver.New(pgdriver.Config{Conn: db}), dialect: p}, nil
}

// claimPool opens connections on which the planner has no choice: a claim joins by primary keys, and while statistics
// are stale the planner would rather read whole tables (spec: planner cliff).
func claimPool(conn *pgx.ConnConfig) *sql.DB {
	c := conn.Copy()
	for _, name := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		c.RuntimeParams[name] = "off"
	}
	c.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(2)
	return db
}

// lockPool opens connections that may wait without end.
func lockPool(conn *pgx.ConnConfig) *sql.DB {
	c := conn.Copy()
	for _, name := range []string{"statement_timeout", "lock_timeout"} {
		c.RuntimeParams[name] = "0"
	}
	return stdlib.OpenDB(*c)
}

func (p *postgres) locks() *sessionLocks {
	return &sessionLocks{
		pool:    p.vigil,
		take:    "select true, pg_backend_pid() from pg_advisory_lock($1)",
		session: "select pg_backend_pid()",
		key:     func(k uint64) any { return int64(k) },
	}
}

// hide takes a secret out of a text.
func hide(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, "xxxxx")
}

func (p *postgres) kind() migrations.Dialect { return migrations.Postgres }

func (p *postgres) deleteRuns(keys string) string { return deleteRunsIn(keys) }

func (p *postgres) joinTasks() string {
	return "cross join lateral (select * from ${prefix}periodic_task where id = s.task_id offset 0) p"
}

func (p *postgres) clock(d time.Duration) string {
	if d == 0 {
		return "clock_timestamp()"
	}
	return "clock_timestamp() + interval '" + strconv.FormatInt(d.Microseconds(), 10) + " microseconds'"
}

func (p *postgres) stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (p *postgres) serverVersion() string {
	return "select 'postgresql ' || split_part(current_setting('server_version'), ' ', 1)"
}

func (p *postgres) close() error { return errors.Join(p.claims.Close(), p.vigil.Close()) }

func (p *postgres) sql(query string) string { return prefixed(query, p.cfg.Prefix) }

func (p *postgres) classify(err error) class {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyState(pg.Code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) {
		return unavailable
	}
	if strings.Contains(err.Error(), "conn closed") { // pgx has no type for it
		return lost
	}
	return classifyNetwork(err)
}

// classifyState reads an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
func classifyState(code string) class {
	switch code {
	case "42P01", "42703", "3F000": // no such table, column, schema
		return missing
	case "23505":
		return duplicate
	case "40001", "40P01": // serialization failure, deadlock
		return busy
	case "55P03", "57014", "25P03", "25006": // lock or statement timeout, idle too long, read-only
		return unavailable
	}
	switch code[:min(2, len(code))] {
	case "08", "28", "3D", "53", "57", "58": // connection, login, database, resources, operator, system
		return unavailable
	}
	return other
}

func (p *postgres) updateLease(
	ctx context.Context, set, where string, args ...any,
) (leaseEnd, bool, error) {
	return updateReturning(ctx, p.db, p.sql(bindDollar(
		"update ${prefix}beat_lease set "+set+" where "+where+" returning epoch, expires_at")), args)
}

// updateReturning runs an update of the lease on a database that can return the row.
func updateReturning(ctx context.Context, db querier, query string, args []any) (leaseEnd, bool, error) {
	var end leaseEnd
	var expires models.Time
	err := db.QueryRowContext(ctx, query, args...).Scan(&end.epoch, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return end, false, nil
	}
	end.expires = expires.Time
	return end, err == nil, err
}

// bindDollar numbers the placeholders of a query, which holds no other question marks.
func bindDollar(query string) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

func (p *postgres) batchColumns() string {
	return `id::text, epoch, payload, array_to_json(array(
		select json_build_array(s, (extract(epoch from i) * 1000000)::bigint)
		from unnest(schedule_ids, instants) with ordinality u(s, i, n) order by n))::text`
}
