package django_test

import (
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
)

// What is known of a deleted task goes, of others it stays; and what ran once, long ago, goes if that is asked for.
func TestSweep(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		ids := []beat.EntryID{"1", "2", "3", "4", "5"}
		for id := range ids {
			s.task(t, id+1, "interval_id", "1")
		}
		s.exec(t, "update django_celery_beat_periodictask set one_off = true where id in (2, 3, 5)")
		s.exec(t, "create table mine (task_id integer not null references django_celery_beat_periodictask (id))")
		s.exec(t, "insert into mine (task_id) values (5)") // as a model of the user's with a foreign key
		st := open(t, django.Config{
			URL: s.url, MaxConns: 2, SpentKeep: 30 * time.Minute, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
		l := lead(t, st)
		at := time.Now().UTC().Truncate(time.Second).Add(-2 * time.Hour)
		old, recent := at.Add(time.Minute), at.Add(119*time.Minute)
		var begin []beat.Decision
		for _, id := range ids {
			begin = append(begin, beat.Decision{ID: id, To: at})
		}
		claim(t, st, l, ids, begin...)
		claim(t, st, l, ids,
			beat.Decision{ID: "1", Prev: at, To: old, Fire: true},
			beat.Decision{ID: "2", Prev: at, To: old, Fire: true, End: beat.EndTask},
			beat.Decision{ID: "3", Prev: at, To: recent, Fire: true, End: beat.EndTask},
			beat.Decision{ID: "4", Prev: at, To: old, Fire: true},
			beat.Decision{ID: "5", Prev: at, To: old, Fire: true, End: beat.EndTask})
		s.exec(t, "delete from django_celery_beat_periodictask where id = 4")
		if _, err := st.Renew(t.Context(), l, time.Hour); err != nil {
			t.Fatal(err)
		}
		want := []beat.EntryID{"1", "3", "5"}
		if got := slices.Sorted(maps.Keys(loaded(t, st))); !slices.Equal(got, want) {
			t.Errorf("tasks %v are left, want %v", got, want)
		}
		cursors, err := st.Get(t.Context(), ids)
		if got := slices.Sorted(maps.Keys(cursors)); err != nil || !slices.Equal(got, want) {
			t.Errorf("cursors %v are left, %v, want those of the tasks", got, err)
		}
	})
}
