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

// Edits by other programs: each statement must move the version and modified_at, and name exactly what it touched.
func TestRawEdits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "one", "two", "three", "four")
		id := func(i int) beat.EntryID { return e[i].ID }
		exec(t, db, "insert into task_schedule (task_id, kind, minute) values ("+e[0].TaskID+", 'crontab', '5')")
		entries, _, err := s.Load(t.Context(), "", 10)
		if err != nil || len(entries) != 5 {
			t.Fatalf("loaded %d entries, %v", len(entries), err)
		}
		second := entries[4].ID
		for _, c := range []struct {
			name, statement  string
			changed, deleted []beat.EntryID
		}{
			{"update of a task", "update periodic_task set queue = 'q' where id = " + e[0].TaskID, []beat.EntryID{id(0), second}, nil},
			{"update of a schedule", "update task_schedule set active = false where id = " + string(id(1)), []beat.EntryID{id(1)}, nil},
			{"bulk update", "update periodic_task set priority = 1", []beat.EntryID{id(0), id(1), id(2), id(3), second}, nil},
			{"update of nothing", "update periodic_task set priority = 1 where id = -1", nil, nil},
			{"move to another namespace", "update periodic_task set namespace = 'x' where id = " + e[3].TaskID, nil, []beat.EntryID{id(3)}},
			{"and back", "update periodic_task set namespace = '' where id = " + e[3].TaskID, []beat.EntryID{id(3)}, nil},
			{"delete of a schedule", "delete from task_schedule where id = " + string(id(2)), nil, []beat.EntryID{id(2)}},
			{"delete of a task", "delete from periodic_task where id = " + e[0].TaskID, nil, []beat.EntryID{id(0), second}},
			{"bulk delete", "delete from periodic_task", nil, []beat.EntryID{id(1), id(3)}},
		} {
			v := latest(t, s)
			exec(t, db, c.statement)
			if moved := !latest(t, s).Same(v); moved != (c.changed != nil || c.deleted != nil) {
				t.Errorf("%s: the version moved: %v", c.name, moved)
			}
			changed, deleted, next := since(t, s, v)
			equal(t, c.name+": changed", changed, c.changed)
			equal(t, c.name+": deleted", deleted, c.deleted)
			if !next.Same(latest(t, s)) {
				t.Errorf("%s: the version moved again", c.name)
			}
		}
	})
}

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

// A transaction that is held open while others commit is seen when it commits, once, and does not hide the others.
func TestLateCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		if s.Features().Name[:6] == "sqlite" {
			t.Skip("SQLite has one writer at a time")
		}
		db := raw(t, url)
		e := add(t, s, "one", "two", "three")
		v := latest(t, s)

		late := begin(t, db)
		exec(t, late, "update task_schedule set active = false where id = "+string(e[0].ID))
		rolledBack := begin(t, db)
		exec(t, rolledBack, "update task_schedule set active = false where id = "+string(e[2].ID))
		exec(t, db, "update task_schedule set active = false where id = "+string(e[1].ID))

		changed, _, v := since(t, s, v)
		equal(t, "while it is open", changed, []beat.EntryID{e[1].ID})
		for range 3 {
			if w := latest(t, s); !w.Same(v) {
				t.Errorf("the version moved from %+v to %+v while nothing was committed", v, w)
			}
		}
		if err := rolledBack.Rollback(); err != nil {
			t.Fatal(err)
		}
		if w := latest(t, s); !w.Same(v) {
			t.Errorf("a rollback moved the version from %+v to %+v", v, w)
		}
		exec(t, db, "update task_schedule set active = true where id = "+string(e[1].ID))
		early := v
		changed, _, v = since(t, s, v)
		equal(t, "after another change", changed, []beat.EntryID{e[1].ID})

		if err := late.Commit(); err != nil {
			t.Fatal(err)
		}
		if w := latest(t, s); w.Same(v) {
			t.Error("the late commit did not move the version")
		}
		changed, _, next := since(t, s, v)
		equal(t, "after the late commit", changed, []beat.EntryID{e[0].ID})
		changed, _, _ = since(t, s, early)
		equal(t, "since before", changed, []beat.EntryID{e[0].ID, e[1].ID})
		if changed, _, _ := since(t, s, next); len(changed) != 0 {
			t.Errorf("reported again: %v", changed)
		}
		fresh := open(t, gormstore.Config{URL: url})
		if v := latest(t, fresh); !v.Same(latest(t, fresh)) {
			t.Error("a fresh handle sees a change where there is none")
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
	e := add(t, s, "one")[0]
	v := latest(t, s)
	db := raw(t, url)
	role := "editor_" + uuid.NewString()[:8]
	tx := begin(t, db)
	exec(t, tx, "create role "+role, "grant usage on schema beat to "+role,
		"grant select, update, delete on beat.periodic_task, beat.task_schedule to "+role,
		"set local role "+role, "update beat.periodic_task set queue = 'q'", "reset role", "drop owned by "+role,
		"drop role "+role)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	changed, _, _ := since(t, s, v)
	equal(t, "changed", changed, []beat.EntryID{e.ID})
}
