package trial

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// garbage compares how late good rows are with and without garbage beside them.
func garbage(ctx context.Context, b *Bench) error {
	alone, _, err := b.amongGarbage(ctx, 0)
	if err != nil {
		return err
	}
	rows := pick(b, 1000, 100_000)
	among, quarantined, err := b.amongGarbage(ctx, rows)
	if err != nil {
		return err
	}
	// Where the machine is idle both are some milliseconds, and the factor is noise below that.
	limit := max(alone.Calm.At(0.99)*11/10, 10*time.Millisecond)
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()),
		OK: alone.Clean() && among.Clean() && among.Due > 0 && among.Calm.At(0.99) <= limit && quarantined > 0,
		Figure: fmt.Sprintf("late p99 %s without, %s among %d garbage rows, of which %d are set aside; %s",
			ms(alone.Calm.At(0.99)), ms(among.Calm.At(0.99)), rows, quarantined, &among),
		Bar: "late p99 ≤ 1.1 × that without (or ≤ 10 ms), nothing wrong, the beat goes on", Values: map[string]any{"without": &alone, "among": &among},
	})
	return nil
}

func (b *Bench) amongGarbage(ctx context.Context, n int) (v check.Verdict, quarantined int64, err error) {
	s, err := b.site(ctx, server.Redis())
	if err != nil {
		return v, 0, err
	}
	defer func() { err = closing(ctx, err, s) }()
	if err := b.litter(ctx, s, n); err != nil {
		return v, 0, err
	}
	if _, _, err = b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All)); err != nil {
		return v, 0, err
	}
	// The beat may still be reading the garbage.
	from := time.Now().Add(ahead)
	if v, _, err = b.finish(ctx, s, from, pick(b, 6*time.Second, time.Minute)); err != nil {
		return v, 0, err
	}
	quarantined, err = s.Number(ctx, `select count(*) from beat_status where state = 'stopped'`)
	return v, quarantined, err
}

// litter adds rows that are wrong in many ways, chosen by chance: none of them may run.
func (b *Bench) litter(ctx context.Context, s *site.Site, n int) error {
	wrong := []string{
		"kind, minute) values (%d, 'crontab', '61')", "kind, minute) values (%d, 'crontab', '*/0')",
		"kind, hour) values (%d, 'crontab', 'noon')", "kind, every, period) values (%d, 'interval', 0, 'seconds')",
		"kind, every, period) values (%d, 'interval', -5, 'days')", "kind, every, period) values (%d, 'interval', 5, 'fortnights')",
		"kind) values (%d, 'lunar')", "kind) values (%d, '')", "kind, minute, timezone) values (%d, 'crontab', '*', 'Mars/Olympus')",
		"kind, expression) values (%d, 'cron', '@never ever')", "kind, expression) values (%d, 'rrule', 'FREQ=SOMETIMES')",
		"kind, event, latitude, longitude) values (%d, 'solar', 'eclipse', 0, 0)",
		"kind, event, latitude, longitude) values (%d, 'solar', 'sunrise', 'NaN', 0)", "kind) values (%d, 'clocked')",
		"kind, minute) values (%d, 'crontab', repeat('1,', 20000))", "kind, minute) values (%d, 'crontab', E'\\x01\\n')",
	}
	bodies := []string{`[]`, `{"not": "a list"}`, `"text"`, `[1e400]`, strings.Repeat("[", 500) + strings.Repeat("]", 500), `null`}
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "insert into periodic_task (id, name, task, args) values (%d, 'garbage-%d', 'fault.garbage', '%s');", 1_000_000+i, i,
			bodies[b.rng.IntN(len(bodies))])
		fmt.Fprintf(&text, "insert into task_schedule (task_id, "+wrong[b.rng.IntN(len(wrong))]+";", 1_000_000+i)
		if text.Len() > 1<<20 || i == n-1 {
			if err := s.Exec(ctx, text.String()); err != nil {
				return err
			}
			text.Reset()
		}
	}
	return nil
}

// staleSaves lets many editors save whole rows as they read them a while ago, as the pages of Django's admin do.
func staleSaves(ctx context.Context, b *Bench) (err error) {
	s, err := b.site(ctx, server.Redis())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	_, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	const editors = 20
	pool, err := pgxpool.New(ctx, s.DatabaseURL()+"&pool_max_conns=20")
	if err != nil {
		return fmt.Errorf("connect the editors: %w", err)
	}
	defer pool.Close()
	until := time.Now().Add(pick(b, 8*time.Second, time.Minute))
	saves, errs := make([]int, editors), make([]error, editors)
	var all sync.WaitGroup
	for i := range editors {
		all.Go(func() { saves[i], errs[i] = edit(ctx, pool, i, until) })
	}
	all.Wait()
	total := 0
	for i := range editors {
		if errs[i] != nil {
			return errs[i]
		}
		total += saves[i]
	}
	v, _, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()), OK: v.Clean() && v.Due > 0 && total > 0,
		Figure: fmt.Sprintf("%d whole rows saved by %d editors: %s", total, editors, &v), Bar: "doubled 0, lost 0", Values: &v,
	})
	return nil
}

// edit saves rows as they were up to half a second ago.
func edit(ctx context.Context, pool *pgxpool.Pool, editor int, until time.Time) (saves int, err error) {
	for n := editor; time.Now().Before(until); n += 7 {
		var id int64
		var task, schedule []byte
		err := pool.QueryRow(ctx, `select p.id, to_json(p), to_json(s) from periodic_task p join task_schedule s on s.task_id = p.id
			order by p.id offset $1 limit 1`, n%200).Scan(&id, &task, &schedule)
		if err != nil {
			return saves, fmt.Errorf("read a row: %w", err)
		}
		if err := sleep(ctx, time.Duration(n%50)*10*time.Millisecond); err != nil {
			return saves, err
		}
		for _, save := range []struct {
			table string
			row   []byte
		}{{"periodic_task", task}, {"task_schedule", schedule}} {
			columns, err := columnsOf(ctx, pool, save.table)
			if err != nil {
				return saves, err
			}
			sql := fmt.Sprintf(`update %[1]s set (%[2]s) = (select %[2]s from json_populate_record(null::%[1]s, $1)) where id = ($1::json->>'id')::bigint`,
				save.table, columns)
			if _, err := pool.Exec(ctx, sql, string(save.row)); err != nil {
				return saves, fmt.Errorf("save a row: %w", err)
			}
			saves++
		}
	}
	return saves, nil
}

// columnsOf returns all columns of a table but its key.
func columnsOf(ctx context.Context, pool *pgxpool.Pool, table string) (columns string, err error) {
	err = pool.QueryRow(ctx, `select string_agg(column_name, ', ') from information_schema.columns
		where table_schema = 'public' and table_name = $1 and column_name <> 'id'`, table).Scan(&columns)
	if err != nil {
		return "", fmt.Errorf("read the columns of %s: %w", table, err)
	}
	return columns, nil
}
