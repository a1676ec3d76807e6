package main

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// djangoTables are the statements that django-celery-beat's migrations carry out, as its store's tests have them.
const djangoTables = "beat/store/django/testdata/postgres.sql"

// django is the start with many rows on the tables of django-celery-beat.
func django(ctx context.Context, b *bench) error {
	sizes := []int{10_000, 100_000}
	if b.full {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		if err := b.django(ctx, n); err != nil {
			return fmt.Errorf("%d rows: %w", n, err)
		}
	}
	return nil
}

func (b *bench) django(ctx context.Context, n int) error {
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return err
	}
	defer s.close()
	s.env = append(s.env, "BEAT_SCHEDULER=django")
	if err := s.fillDjango(ctx, n); err != nil {
		return err
	}
	begin, arrived, err := s.first(ctx)
	if err != nil {
		return err
	}
	used, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	f := figure{Scenario: "django", Who: "gobeat", On: "PostgreSQL, Redis", Rows: n}
	f.What, f.Value, f.Unit = "start to first message, of the last row", arrived.Sub(begin).Seconds(), "s"
	b.record.note(f)
	f.What, f.Value, f.Unit = "resident memory, peak", float64(used.peak), "MiB"
	b.record.note(f)
	return nil
}

// fillDjango makes n tasks: daily ones, and behind them one that is due each second.
func (s *scene) fillDjango(ctx context.Context, n int) error {
	tables, err := os.ReadFile(djangoTables)
	if err != nil {
		return fmt.Errorf("read the tables of django-celery-beat: %w", err)
	}
	for statement := range strings.Lines(string(tables)) {
		if err := s.exec(ctx, statement); err != nil {
			return err
		}
	}
	const task = `insert into django_celery_beat_periodictask (name, task, args, kwargs, headers, description, enabled, one_off,
		total_run_count, date_changed, last_run_at, %s) `
	for _, sql := range []string{
		`insert into django_celery_beat_crontabschedule (minute, hour, day_of_week, day_of_month, month_of_year, timezone)
		 select (i % 60)::text, ((extract(hour from now() at time zone 'UTC')::int + 2 + i / 60 % 20) % 24)::text, '*', '*', '*', 'UTC'
		 from generate_series(0, 1199) i`,
		`insert into django_celery_beat_intervalschedule (every, period) values (1, 'seconds')`,
		fmt.Sprintf(task, "crontab_id") + fmt.Sprintf(`select 'task-' || i, 'bench.many', json_build_array(i, 2)::text, '{}', '{}', '',
		 true, false, 0, now(), now(), 1 + i %% 1200 from generate_series(1, %d) i`, n-1),
		fmt.Sprintf(task, "interval_id") + `values ('second', 'bench.second', '[]', '{}', '{}', '', true, false, 0, now(), now(), 1)`,
		`insert into django_celery_beat_periodictasks (ident, last_update) values (1, now())`,
	} {
		if err := s.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
