package gormstore_test

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// However many entries were deleted, one row tells so after the leader has tidied up.
func TestEmptiedIsOneRow(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		add(t, s, "one", "two", "three")
		exec(t, db, "delete from periodic_task where name = 'one'", "delete from periodic_task")
		if _, err := s.Renew(t.Context(), lead(t, s), time.Hour); err != nil { // tidies up
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), "select count(*) from beat_emptied").Scan(&left); err != nil || left != 1 {
			t.Errorf("%d rows are left, %v, want one", left, err)
		}
		if stored, err := s.Stored(t.Context()); err != nil || stored != beat.StoredEmpty {
			t.Errorf("stored %v, %v, want empty", stored, err)
		}
	})
}

// "or replace" of SQLite removes a task without telling any trigger for delete, also one of another namespace.
func TestReplacedIsNoted(t *testing.T) {
	t.Parallel()
	url := databases[0].fresh(t)
	db := raw(t, url)
	stored := func(namespace string, want beat.Stored) {
		t.Helper()
		s := open(t, gormstore.Config{URL: url, Namespace: namespace})
		if got, err := s.Stored(t.Context()); err != nil || got != want {
			t.Errorf("namespace %q has stored %v, %v, want %v", namespace, got, err, want)
		}
	}
	add(t, open(t, gormstore.Config{URL: url}), "one")
	exec(t, db, "insert or ignore into periodic_task (id, namespace, name, task) values (1, 'a', 'one', 't')")
	stored("", beat.StoredSome)
	stored("a", beat.StoredNever)
	exec(t, db, "insert or replace into periodic_task (id, namespace, name, task) values (1, 'a', 'one', 't')")
	stored("", beat.StoredEmpty)
	exec(t, db, "insert into periodic_task (id, namespace, name, task) values (2, 'b', 'two', 't')",
		"update or replace periodic_task set id = 1 where id = 2")
	stored("a", beat.StoredEmpty)
	stored("c", beat.StoredNever)
}
