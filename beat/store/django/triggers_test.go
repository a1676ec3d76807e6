package django_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/beat/store/foreign"
)

// objects are the functions, triggers and tables of the database.
func (s *site) objects(t *testing.T) []string {
	t.Helper()
	rows, err := s.db.QueryContext(t.Context(), `select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
		union all select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger where not tgisinternal
		union all select 'table ' || relname from pg_class where relnamespace = 'public'::regnamespace order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// With triggers, what the marker does not tell of is told at once, in tables of any length; and they go
// without a trace.
func TestTriggers(t *testing.T) {
	t.Parallel()
	s := newSite(t, "postgresql", databases[1].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "interval_id", "1")
	s.exec(t, `insert into django_celery_beat_periodictask (id, name, task, args, kwargs, enabled, total_run_count, date_changed,
			description, one_off, headers, crontab_id)
		select i, 'task ' || i, 'site.echo', '[]', '{}', true, 0, '2026-01-31 08:00:00', '', false, '{}', 1
		from generate_series(2, 6000) i`)
	plain := s.open(t)
	if plain.Features().Hints || plain.Hints(t.Context()) != nil {
		t.Error("there are hints without triggers")
	}
	before := s.objects(t)
	for range 2 {
		if err := plain.AddTriggers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	st := prepared(t, django.OpenPatient, django.Config{URL: s.url, MaxConns: 2})
	v := latest(t, st)
	hints := st.Hints(t.Context())
	<-hints // it listens
	for _, c := range []struct {
		sql  string
		want int
	}{
		{"update django_celery_beat_periodictask set queue = 'bulk' where id > 3000", 3000},
		{"update django_celery_beat_intervalschedule set every = 11", 1},
		{"delete from django_celery_beat_periodictask where id = 5000", 1},
		{"insert into django_celery_beat_periodictasks (ident, last_update) values (1, now())", 0},
	} {
		s.exec(t, c.sql)
		<-hints
		changed, deleted, next := news(t, st, v)
		if n := len(changed) + len(deleted); n != c.want {
			t.Errorf("%s: %d changes, want %d", c.sql, n, c.want)
		}
		v = next
	}
	if err := st.RemoveTriggers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, s.objects(t)); d != "" {
		t.Errorf("after the removal (-before +now):\n%s", d)
	}
}

// Claims notify nobody, or each would be followed by a poll.
func TestClaimsDoNotNotify(t *testing.T) {
	t.Parallel()
	s := newSite(t, "postgresql", databases[1].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "interval_id", "1")
	st := s.open(t)
	if err := st.AddTriggers(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "listen django_beat_change"); err != nil {
		t.Fatal(err)
	}
	l := lead(t, st)
	claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
	claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: changed.Add(10 * time.Second), Fire: true})
	// Notifications arrive in the order of commits.
	s.exec(t, "select pg_notify('django_beat_change', 'after the claim')")
	if n, err := conn.WaitForNotification(t.Context()); err != nil || n.Payload != "after the claim" {
		t.Errorf("the first notification is %+v, %v, want none of the claim", n, err)
	}
}

// Other databases have no triggers, and say so.
func TestNoTriggers(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), newest)
	st := s.open(t)
	if err := st.AddTriggers(t.Context()); !errors.Is(err, foreign.ErrNoTriggers) || !strings.Contains(err.Error(), "PostgreSQL") {
		t.Errorf("AddTriggers = %v, want ErrNoTriggers", err)
	}
}
