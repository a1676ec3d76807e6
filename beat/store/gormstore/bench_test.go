package gormstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// rows is the size of the tables in benchmarks.
const rows = 100_000

// filled opens a store with many entries, made by SQL; statistics are as stale as they get.
func filled(b *testing.B, url string) *gormstore.Store {
	b.Helper()
	s, err := gormstore.Open(b.Context(), gormstore.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(b.Context(), beat.PrepareCreate); err != nil {
		b.Fatal(err)
	}
	db := raw(b, url)
	for _, statement := range []string{
		"insert into periodic_task (name, task) values ('task 0', 'proj.tasks.add')",
		"insert into task_schedule (task_id, kind, every, period) select id, 'interval', 10, 'seconds' from periodic_task",
	} {
		if _, err := db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	for n := 1; n < rows; n *= 2 {
		for _, statement := range []string{
			fmt.Sprintf("insert into periodic_task (name, task, kwargs) select concat('task %d-', id), task, '{\"a\": 1}'"+
				" from periodic_task order by id limit %d", n, min(n, rows-n)),
			"insert into task_schedule (task_id, kind, every, period) select p.id, 'interval', 10, 'seconds'" +
				" from periodic_task p left join task_schedule s on s.task_id = p.id where s.id is null",
		} {
			if _, err := db.ExecContext(b.Context(), statement); err != nil {
				b.Fatal(err)
			}
		}
	}
	return s
}

func loadAll(b *testing.B, s *gormstore.Store) []beat.EntryID {
	b.Helper()
	var ids []beat.EntryID
	var token beat.PageToken
	for {
		page, next, err := s.Load(b.Context(), token, 5000)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		if token = next; next == "" {
			return ids
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			s := filled(b, d.fresh(b))
			for b.Loop() {
				if n := len(loadAll(b, s)); n != rows {
					b.Fatalf("loaded %d", n)
				}
			}
		})
	}
}

func BenchmarkClaim(b *testing.B) {
	const size = 1000
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			s := filled(b, d.fresh(b))
			ids := loadAll(b, s)
			l, err := s.Acquire(b.Context(), 0, beat.Holder{ID: uuid.New(), Name: "bench"}, time.Hour, 0)
			if err != nil {
				b.Fatal(err)
			}
			at := time.Now().Add(-24 * time.Hour)
			var done []beat.Settlement
			claim := func(from int, prev, to time.Time, fire bool) {
				batch := beat.Batch{ID: uuid.Must(uuid.NewV7()), Done: done}
				for _, id := range ids[from : from+size] {
					batch.Decisions = append(batch.Decisions, beat.Decision{ID: id, Prev: prev, To: to, Fire: fire})
				}
				taken, err := s.Claim(b.Context(), l, batch)
				if err != nil || len(taken) != size {
					b.Fatalf("took %d, %v", len(taken), err)
				}
				done = []beat.Settlement{{Batch: batch.ID}}
			}
			for from := 0; from < rows; from += size {
				claim(from, time.Time{}, at, false)
			}
			from, round := 0, 0
			for b.Loop() {
				prev := at.Add(time.Duration(round) * time.Second)
				claim(from, prev, prev.Add(time.Second), true)
				if from += size; from == rows {
					from, round = 0, round+1
				}
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "runs/s")
		})
	}
}
