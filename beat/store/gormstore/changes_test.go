package gormstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

func TestModifiedAtAlwaysMoves(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "one")[0]
		last := e.ModifiedAt
		for i, statement := range []string{
			"update periodic_task set queue = 'q'",
			"update periodic_task set queue = 'q'",
			"update task_schedule set active = false",
			"update task_schedule set active = false, modified_at = '1990-01-01 00:00:00'",
		} {
			exec(t, db, statement)
			got, err := s.Lookup(t.Context(), e.ID)
			if err != nil {
				t.Fatal(err)
			}
			if !got.ModifiedAt.After(last) {
				t.Errorf("statement %d: modified at %v, was %v", i, got.ModifiedAt, last)
			}
			last = got.ModifiedAt
		}
	})
}

// Versions from before more changes than are kept are refused, and newer ones are not.
func TestTrim(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "one")[0]
		old := latest(t, s)
		for i := range 5 {
			exec(t, db, insertTasks(200*i, 200))
		}
		for range 20 {
			exec(t, db, "update periodic_task set priority = 1")
		}
		exec(t, db, "update task_schedule set active = false")
		changed, _, v := since(t, s, old)
		equal(t, "changed before 21,000 lines", changed, []beat.EntryID{e.ID})
		l := lead(t, s)
		if _, err := s.Renew(t.Context(), l, time.Hour); err != nil { // trims
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), "select count(*) from beat_change").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left < 20_000 || left > 21_100 {
			t.Errorf("%d changes are left, want little more than 20,000", left)
		}
		if _, _, _, err := s.Since(t.Context(), old); !errors.Is(err, beat.ErrTooOld) {
			t.Errorf("Since a version that was trimmed = %v, want ErrTooOld", err)
		}
		if w := latest(t, s); !w.Same(v) {
			t.Errorf("trimming moved the version from %+v to %+v", v, w)
		}
		exec(t, db, "update task_schedule set active = true")
		changed, _, _ = since(t, s, v)
		equal(t, "changed", changed, []beat.EntryID{e.ID})
	})
}

func insertTasks(from, n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("('bulk %d', 't')", from+i)
	}
	return "insert into periodic_task (name, task) values " + strings.Join(values, ", ")
}

func TestTruncateIsNoticed(t *testing.T) {
	t.Parallel()
	url := databases[1].fresh(t)
	s := open(t, gormstore.Config{URL: url})
	add(t, s, "one")
	for _, statement := range []string{"truncate task_schedule", "truncate periodic_task cascade"} {
		v := latest(t, s)
		exec(t, raw(t, url), statement)
		if latest(t, s).Same(v) {
			t.Errorf("%s did not move the version", statement)
		}
		if _, _, _, err := s.Since(t.Context(), v); !errors.Is(err, beat.ErrTooOld) {
			t.Errorf("Since after %s = %v, want ErrTooOld", statement, err)
		}
		if stored, err := s.Stored(t.Context()); err != nil || stored != beat.StoredEmpty {
			t.Errorf("stored after %s: %v, %v", statement, stored, err)
		}
	}
}

func TestHintAfterRawEdit(t *testing.T) {
	t.Parallel()
	url := databases[1].fresh(t)
	s := open(t, gormstore.Config{URL: url, Prefix: "p_"})
	hints := s.Hints(t.Context())
	<-hints // it listens now
	exec(t, raw(t, url), "insert into p_periodic_task (name, task) values ('one', 't')")
	<-hints
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range hints {
	}
}

// A role that may only edit tasks needs no right on the tables behind the triggers.
func TestEditorNeedsNoFurtherRights(t *testing.T) {
	t.Parallel()
	url := databases[1].fresh(t)
	s := open(t, gormstore.Config{URL: url, Schema: "beat"})
	e := add(t, s, "one", "two")
	v := latest(t, s)
	db := raw(t, url)
	role := "editor_" + uuid.NewString()[:8]
	tx := begin(t, db)
	exec(t, tx, "create role "+role, "grant usage on schema beat to "+role,
		"grant select, update, delete on beat.periodic_task, beat.task_schedule to "+role,
		"set local role "+role, "update beat.periodic_task set queue = 'q'",
		"delete from beat.periodic_task where id = "+e[1].TaskID, "reset role", "drop owned by "+role,
		"drop role "+role)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	changed, deleted, _ := since(t, s, v)
	equal(t, "changed", changed, []beat.EntryID{e[0].ID})
	equal(t, "deleted", deleted, []beat.EntryID{e[1].ID})
}
