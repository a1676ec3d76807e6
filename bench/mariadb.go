package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
)

// mariadb is a burst with the rows in MariaDB.
func mariadb(ctx context.Context, b *bench) error {
	const n = 10_000
	s := &scene{rig: &b.rig}
	defer s.close()
	db, err := s.mariadb(ctx)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, b.redis); err != nil {
		return err
	}
	at := time.Now().Add(10 * time.Second).Truncate(time.Second)
	for _, q := range []string{
		fmt.Sprintf(`insert into periodic_task (name, task, args) select concat('t', seq), 'bench.many', '[1, 2]' from seq_1_to_%d`, n),
		`insert into task_schedule (task_id, kind, second) select id, 'crontab', '` + strconv.Itoa(at.Second()) + `' from periodic_task`,
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("run %.60q: %w", q, err)
		}
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	arrived, err := s.take(ctx, n, time.Until(at)+20*time.Second)
	if err != nil {
		return err
	}
	b.record.note(figure{
		Scenario: "mariadb", Who: "gobeat", On: "MariaDB, Redis", Rows: n, What: "last message behind the instant", Unit: "ms",
		Value: milliseconds(arrived[n-1].Sub(at)),
	})
	return nil
}

// mariadb makes a database that is dropped in the end.
func (s *scene) mariadb(ctx context.Context) (*sql.DB, error) {
	u, err := url.Parse(os.Getenv("BEAT_TEST_MARIADB_URL"))
	if err != nil {
		return nil, fmt.Errorf("read URL of MariaDB: %w", err)
	}
	name := "bench_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	connect := func() (*sql.DB, error) {
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, fmt.Errorf("connect to MariaDB: %w", err)
		}
		db := sql.OpenDB(connector)
		s.cleanup = append(s.cleanup, func() { _ = db.Close() })
		return db, nil
	}
	admin, err := connect()
	if err != nil {
		return nil, err
	}
	if _, err := admin.ExecContext(ctx, "create database "+name+" character set utf8mb4"); err != nil {
		return nil, fmt.Errorf("create database: %w", err)
	}
	s.cleanup = append(s.cleanup, func() { _, _ = admin.ExecContext(context.WithoutCancel(ctx), "drop database "+name) })
	c.DBName, u.Path = name, "/"+name
	s.url = u.String()
	return connect()
}
