package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/oracle"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// Tools are the programs that sites run.
type Tools struct {
	Beat    string // beat with the build tags failpoint and faultclock
	Harness string // this program, of which the recorder is a command
	Before  string // beat of an earlier commit
	Python  string // an environment with Celery and its peers
}

// Site is a database and a broker's place with everything that works on them. Its methods are safe for concurrent use.
type Site struct {
	Dir      string
	Database string // as beats reach it; a test may lead them through a proxy
	Broker   string // as beats reach it

	tools    Tools
	direct   string    // the broker as the recorder reaches it
	db       *pgx.Conn // nil where only beat itself reaches the rows
	database string    // as the harness reaches it
	recorder *Program
	begun    time.Time // when the load was complete
	rows     []history.Row

	mu       sync.Mutex
	programs []*Program
	faults   []history.Fault
}

// New makes a site on two servers, with tables and without rows. Its folder is new.
func New(ctx context.Context, tools Tools, servers *Servers, dir string, database, broker *server.Server) (*Site, error) {
	url, err := servers.database(ctx, database)
	if err != nil {
		return nil, err
	}
	s, err := between(ctx, tools, servers, dir, url, broker)
	if err != nil {
		return nil, err
	}
	if _, err = s.command(ctx, nil, "migrate", "up"); err == nil {
		err = s.Reconnect(ctx)
	}
	return s.opened(ctx, err)
}

// In makes a site with its rows and its state in a store of any kind, which only beat itself reads and writes, so that no
// ledger is compared. Its folder is new.
func In(ctx context.Context, tools Tools, servers *Servers, dir string, in Store, broker *server.Server) (*Site, error) {
	url, err := servers.room(ctx, in, dir)
	if err != nil {
		return nil, err
	}
	s, err := between(ctx, tools, servers, dir, url, broker)
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, nil)
}

// between makes a site between a database and a place of its own in a broker.
func between(ctx context.Context, tools Tools, servers *Servers, dir, database string, broker *server.Server) (*Site, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of a run: %w", err)
	}
	place, err := servers.place(ctx, broker)
	if err != nil {
		return nil, err
	}
	return &Site{Dir: dir, Database: database, Broker: place, tools: tools, direct: place, database: database}, nil
}

// opened starts the recorder and returns the site, or closes it if making it has failed.
func (s *Site) opened(ctx context.Context, err error) (*Site, error) {
	if err == nil {
		s.recorder, err = launch(ctx, s.Dir, "recorder", append(os.Environ(), "FAULT_BROKER="+s.direct),
			s.tools.Harness, "record", filepath.Join(s.Dir, "received.jsonl"), FirstQueue, SecondQueue)
	}
	if err == nil {
		_, _, err = s.recorder.Wait(ctx, "recording")
	}
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

// Reconnect connects the harness itself to the database, again after the server was down.
func (s *Site) Reconnect(ctx context.Context) error {
	if s.db != nil {
		_ = s.db.Close(ctx)
	}
	var err error
	if s.db, err = pgx.Connect(ctx, s.database); err != nil {
		return fmt.Errorf("connect to the database of a run: %w", err)
	}
	return nil
}

// Exec runs SQL past any proxy.
func (s *Site) Exec(ctx context.Context, sql string, args ...any) error {
	if _, err := s.db.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("run %.60q: %w", sql, err)
	}
	return nil
}

// Number asks the database for one number.
func (s *Site) Number(ctx context.Context, sql string, args ...any) (n int64, err error) {
	if err := s.db.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("ask %.60q: %w", sql, err)
	}
	return n, nil
}

// Load adds rows.
func (s *Site) Load(ctx context.Context, rows []history.Row) error {
	add := s.insertRows
	if s.db == nil {
		add = s.importRows
	}
	if err := add(ctx, rows); err != nil {
		return err
	}
	s.rows = append(s.rows, rows...)
	s.begun = time.Now()
	return history.Write(filepath.Join(s.Dir, "rows.jsonl"), s.rows)
}

func (s *Site) insertRows(ctx context.Context, rows []history.Row) error {
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return s.Exec(ctx, `
		with r as materialized (select * from json_to_recordset($1) as r(name text, task text, args json, queue text,
			every bigint, second int, start bigint, misfire text)),
		t as (
			insert into periodic_task (name, task, args, queue, misfire, start_time)
			select name, task, args, nullif(queue, 'celery'), misfire, to_timestamp(start / 1000000.0) from r
			returning id, name)
		insert into task_schedule (task_id, kind, every, period, second, minute)
		select t.id, case when coalesce(r.every, 0) > 0 then 'interval' else 'crontab' end, nullif(r.every, 0),
			case when coalesce(r.every, 0) > 0 then 'seconds' end,
			case when coalesce(r.every, 0) = 0 then coalesce(r.second, 0)::text end,
			case when coalesce(r.every, 0) = 0 then '*' end
		from r join t using (name)`, string(text))
}

// Behind returns how many rows have a run planned for a time that has passed.
func (s *Site) Behind(ctx context.Context) (int64, error) {
	if s.db == nil {
		return s.overdue(ctx)
	}
	return s.Number(ctx, `select count(*) from beat_cursor where next_at < clock_timestamp() - interval '1 second'`)
}

// environment is that of a beat of this site.
func (s *Site) environment(more ...string) []string {
	return append(append(os.Environ(), "DATABASE_URL="+s.Database, "CELERY_BROKER_URL="+s.Broker,
		"BEAT_DEPLOYMENT=fault"), more...)
}

// Beat starts a beat; env (NAME=value) is added to its environment. It does not wait for anything.
func (s *Site) Beat(ctx context.Context, name string, env ...string) (*Program, error) {
	return s.BeatOf(ctx, s.tools.Beat, name, env...)
}

// BeatOf starts a beat of another build.
func (s *Site) BeatOf(ctx context.Context, program, name string, env ...string) (*Program, error) {
	return s.add(launch(ctx, s.Dir, name, s.environment(env...), program, "run", "--loglevel", "info", "--log-format", "json"))
}

// QuietBeat starts a beat that does not log each run, nor that it leads.
func (s *Site) QuietBeat(ctx context.Context, name string) (*Program, error) {
	return s.add(launch(ctx, s.Dir, name, s.environment(), s.tools.Beat, "run", "--loglevel", "warning", "--log-format", "json"))
}

func (s *Site) add(p *Program, err error) (*Program, error) {
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.programs = append(s.programs, p)
	return p, nil
}

// Recorder is the process that records, which a test may stop for a while to let queues fill.
func (s *Site) Recorder() *Program { return s.recorder }

// DatabaseURL is where the database is reached past any proxy.
func (s *Site) DatabaseURL() string { return s.database }

// BrokerURL is where the broker is reached past any proxy.
func (s *Site) BrokerURL() string { return s.direct }

// Fault notes that something was harmed.
func (s *Site) Fault(kind, what string, begin, end time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, history.Fault{Kind: kind, What: what, Begin: history.Micro(begin), End: history.Micro(end)})
}

// Received stops the recorder when the queues are empty and returns what it got.
func (s *Site) Received() ([]history.Arrival, error) {
	if err := s.recorder.Stop(); err != nil {
		return nil, err
	}
	if s.recorder.Count("recorded") == 0 {
		return nil, fmt.Errorf("the recorder did not end well, see %s", filepath.Join(s.Dir, "recorder.log"))
	}
	return history.Read[history.Arrival](filepath.Join(s.Dir, "received.jsonl"))
}

// Judge stops the beats that still run, in peace, and the recorder, and compares. What was due from from to to must
// have arrived.
func (s *Site) Judge(ctx context.Context, from, to time.Time) (check.Verdict, []history.Arrival, error) {
	for _, p := range s.programs {
		if err := p.Stop(); err != nil {
			return check.Verdict{}, nil, err
		}
	}
	arrivals, err := s.Received()
	if err != nil {
		return check.Verdict{}, nil, err
	}
	in := check.Input{Rows: s.rows, Arrivals: arrivals, Faults: s.faults, From: from, To: to}
	const around = time.Minute // what is due just outside may arrive too
	in.Expected, err = oracle.Expected(ctx, s.tools.Python, s.Dir, from.Add(-around), to.Add(around))
	if err != nil {
		return check.Verdict{}, nil, err
	}
	if s.db != nil {
		if in.Ledger, err = s.ledger(ctx); err != nil {
			return check.Verdict{}, nil, err
		}
	}
	verdict := check.Judge(in)
	return verdict, arrivals, s.keep(&verdict)
}

// keep writes the files of a run that nobody has written yet.
func (s *Site) keep(v *check.Verdict) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return errors.Join(
		history.Write(filepath.Join(s.Dir, "faults.jsonl"), s.faults),
		os.WriteFile(filepath.Join(s.Dir, "verdict.json"), text, 0o600),
	)
}

// Close ends everything at once.
func (s *Site) Close(ctx context.Context) error {
	var errs []error
	for _, p := range s.programs {
		errs = append(errs, p.Kill(), p.log.Close())
	}
	if s.recorder != nil {
		errs = append(errs, s.recorder.Kill(), s.recorder.log.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close(context.WithoutCancel(ctx)))
	}
	return errors.Join(errs...)
}
