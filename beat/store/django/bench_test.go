package django_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
)

const benchRows = 100_000

// filled is a store over many rows on PostgreSQL.
func filled(b *testing.B) *django.Store {
	b.Helper()
	s := newSite(b, "postgresql", databases[1].fresh(b), newest)
	for _, statement := range []string{
		"insert into django_celery_beat_intervalschedule (id, every, period) values (1, 10, 'seconds')",
		`insert into django_celery_beat_periodictask (id, name, task, args, kwargs, enabled, total_run_count, date_changed,
			description, one_off, headers, interval_id)
		select i, 'task ' || i, 'site.echo', '[]', '{"a": 1}', true, 0, now(), '', false, '{}', 1
		from generate_series(1, ` + strconv.Itoa(benchRows) + `) i`,
	} {
		if _, err := s.db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	return open(b, django.Config{URL: s.url})
}

func BenchmarkLatest(b *testing.B) {
	st := filled(b)
	for b.Loop() {
		if _, err := st.Latest(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClaim(b *testing.B) {
	const size = 1000
	st := filled(b)
	l, err := st.Acquire(b.Context(), 0, beat.Holder{ID: uuid.New(), Name: "bench"}, time.Hour, 0)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Now().UTC().Truncate(time.Second).Add(-24 * time.Hour)
	var done []beat.Settlement
	claim := func(ctx context.Context, from int, prev, to time.Time, fire bool) {
		batch := beat.Batch{ID: uuid.Must(uuid.NewV7()), Done: done}
		for id := from + 1; id <= from+size; id++ {
			batch.Decisions = append(batch.Decisions,
				beat.Decision{ID: beat.EntryID(strconv.Itoa(id)), Prev: prev, To: to, Fire: fire})
		}
		taken, err := st.Claim(ctx, l, batch)
		if err != nil || len(taken) != size {
			b.Fatalf("took %d, %v", len(taken), err)
		}
		done = []beat.Settlement{{Batch: batch.ID}}
	}
	for from := 0; from < benchRows; from += size {
		claim(b.Context(), from, time.Time{}, at, false)
	}
	from, prev := 0, at
	for b.Loop() {
		claim(b.Context(), from, prev, prev.Add(time.Second), true)
		if from += size; from == benchRows {
			from, prev = 0, prev.Add(time.Second)
		}
	}
	b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "runs/s")
}
