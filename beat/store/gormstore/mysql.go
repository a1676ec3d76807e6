package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	mydriver "gorm.io/driver/mysql"

	"github.com/gobeat/gobeat/migrations"
	"github.com/gobeat/gobeat/models"
)

// maria is MySQL 8.0.17 and MariaDB 10.6 or newer: what both understand.
type maria struct {
	db    *sql.DB // ordinary work
	multi *sql.DB // several statements in one round trip: leases and claims
	vigil *sql.DB // locks
	cfg   Config
}

func openMySQL(t target, c Config) (opened, error) {
	conf, err := mysqlConfig(t.url)
	if err != nil {
		return opened{}, err
	}
	connector, err := mysql.NewConnector(conf)
	if err != nil {
		return opened{}, fmt.Errorf("database URL: %s", hide(err.Error(), conf.Passwd))
	}
	// Values are put into the text by the driver, which is safe as the connection is always utf8mb4. Only so can
	// several statements go in one round trip, and a client that is stopped leaves no transaction open.
	several := conf.Clone()
	several.MultiStatements, several.InterpolateParams = true, true
	multi, err := mysql.NewConnector(several)
	if err != nil {
		return opened{}, fmt.Errorf("database URL: %s", hide(err.Error(), conf.Passwd))
	}
	m := &maria{db: sql.OpenDB(connector), multi: sql.OpenDB(multi), vigil: sql.OpenDB(connector), cfg: c}
	m.db.SetMaxOpenConns(c.MaxConns)
	m.db.SetMaxIdleConns(c.MaxConns)
	m.multi.SetMaxOpenConns(2)
	m.multi.SetMaxIdleConns(2)
	for _, db := range []*sql.DB{m.db, m.multi} {
		db.SetConnMaxLifetime(time.Hour) // shorter than wait_timeout
	}
	dialector := mydriver.New(mydriver.Config{Conn: m.db, SkipInitializeWithVersion: true})
	return opened{db: m.db, dialector: dialector, dialect: m}, nil
}

// mysqlConfig reads a URL as Python's drivers and mysql's own tools write it.
func mysqlConfig(u *url.URL) (*mysql.Config, error) {
	conf := mysql.NewConfig()
	conf.User = u.User.Username()
	conf.Passwd, _ = u.User.Password()
	conf.Net, conf.Addr = "tcp", u.Host
	if u.Port() == "" {
		conf.Addr = u.Host + ":3306"
	}
	if u.Hostname() == "" {
		conf.Addr = "localhost:3306"
	}
	conf.DBName = strings.TrimPrefix(u.Path, "/")
	if conf.DBName == "" {
		return nil, errors.New("database URL names no database; it looks like mysql://user@host/name")
	}
	conf.ParseTime, conf.Loc, conf.ClientFoundRows = true, time.UTC, true
	conf.Collation = "utf8mb4_bin"
	conf.Timeout, conf.ReadTimeout, conf.WriteTimeout = 5*time.Second, 30*time.Second, 30*time.Second
	conf.Logger = &mysql.NopLogger{}
	conf.Params = map[string]string{
		"time_zone":                "'+00:00'",
		"innodb_lock_wait_timeout": "5",
		"group_concat_max_len":     "4194304",
	}
	for name, values := range u.Query() {
		if err := mysqlParam(conf, name, values[len(values)-1]); err != nil {
			return nil, err
		}
	}
	return conf, nil
}

// mysqlParam takes over a parameter of the URL.
func mysqlParam(conf *mysql.Config, name, value string) error {
	switch strings.ReplaceAll(strings.ToLower(name), "-", "_") {
	case "charset", "use_unicode", "collation": // it is always utf8mb4
	case "unix_socket":
		conf.Net, conf.Addr = "unix", value
	case "connect_timeout":
		seconds, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("database URL: connect_timeout is %q, must be a number of seconds", value)
		}
		conf.Timeout = time.Duration(seconds) * time.Second
	case "tls", "ssl", "sslmode", "ssl_mode":
		mode, ok := map[string]string{
			"true": "true", "1": "true", "verify_ca": "true", "verify_identity": "true", "verify_full": "true",
			"skip_verify": "skip-verify", "required": "skip-verify", "require": "skip-verify",
			"preferred": "preferred", "prefer": "preferred",
			"false": "false", "0": "false", "disabled": "false", "disable": "false",
		}[strings.ReplaceAll(strings.ToLower(value), "-", "_")]
		if !ok {
			return fmt.Errorf("database URL: %s is %q; known are disabled, preferred, required, verify_identity", name, value)
		}
		conf.TLSConfig = mode
	default:
		return fmt.Errorf("database URL: the parameter %q is not known for mysql", name)
	}
	return nil
}

func (m *maria) locks() *sessionLocks {
	return &sessionLocks{
		pool:    m.vigil,
		take:    "select coalesce(get_lock(?, 10), 0), connection_id()", // within the read timeout
		session: "select connection_id()",
		key:     func(k uint64) any { return fmt.Sprintf("gobeat.%016x", k) },
	}
}

func (m *maria) kind() migrations.Dialect { return migrations.MySQL }

// deleteRuns joins: for "in" the whole ledger would be read, and compared with the keys line by line.
func (m *maria) deleteRuns(keys string) string {
	return "delete l from ${prefix}beat_ledger l join (" + keys + ") k on k.schedule_id = l.schedule_id and k.instant = l.instant"
}

func (m *maria) joinTasks() string {
	return "straight_join ${prefix}periodic_task p on p.id = s.task_id"
}

func (m *maria) clock(d time.Duration) string {
	if d == 0 {
		return "utc_timestamp(6)"
	}
	return "utc_timestamp(6) + interval " + strconv.FormatInt(d.Microseconds(), 10) + " microsecond"
}

func (m *maria) stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (m *maria) serverVersion() string {
	return "select concat(if(version() like '%maria%', 'mariadb ', 'mysql '), substring_index(version(), '-', 1))"
}

func (m *maria) close() error { return errors.Join(m.multi.Close(), m.vigil.Close()) }

func (m *maria) hints() func(ctx context.Context, hint func()) { return nil }

func (m *maria) sql(query string) string { return prefixed(query, m.cfg.Prefix) }

// classify reads an error number: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
func (m *maria) classify(err error) class {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		if errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, mysql.ErrPktSync) {
			return lost
		}
		return classifyNetwork(err)
	}
	switch e.Number {
	case 1062:
		return duplicate
	case 1146, 1054: // no such table, column
		return missing
	case 1213, 1205, 3572: // deadlock, lock wait, no wait
		return busy
	case 1040, 1044, 1045, 1049, 1053, 1129, 1130, 1203, 1290, 1317, 1836, 1927, 3024:
		return unavailable // connections, login, database, shutdown, host, read-only, interrupted, time limit
	}
	return other
}

// updateLease updates and reads in one round trip and transaction, as the row cannot be returned by the update.
func (m *maria) updateLease(ctx context.Context, set, where string, args ...any) (leaseEnd, bool, error) {
	// The namespace and the shard are the first arguments of where.
	first := strings.Count(set, "?")
	key := args[first : first+2]
	var end leaseEnd
	found := false
	err := m.batch(ctx, m.sql("set transaction isolation level read committed; start transaction;"+
		"update ${prefix}beat_lease set "+set+" where "+where+"; set @found = row_count();"+
		"select epoch, expires_at from ${prefix}beat_lease where @found = 1 and namespace = ? and shard = ?; commit"),
		append(args, key...), func(rows *sql.Rows) error {
			var expires models.Time
			found = true
			err := rows.Scan(&end.epoch, &expires)
			end.expires = expires.Time
			return err
		})
	return end, found && err == nil, err
}

// batch sends several statements at once, and calls f for each row that any of them returns.
func (m *maria) batch(ctx context.Context, text string, args []any, f func(*sql.Rows) error) error {
	conn, err := m.multi.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = eachRow(ctx, conn, text, args, f)
	if err != nil {
		// A statement in the middle may have failed and left the transaction open.
		if _, rollback := conn.ExecContext(context.WithoutCancel(ctx), "rollback"); rollback != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // never to be used again
		}
	}
	return err
}

func eachRow(ctx context.Context, conn *sql.Conn, text string, args []any, f func(*sql.Rows) error) error {
	rows, err := conn.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		if !rows.NextResultSet() {
			return rows.Err()
		}
	}
}

func (m *maria) batchColumns() string { return batchColumns }
