package storetest

import (
	"context"
	"database/sql"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// tables are the tables of migrations, as another program edits them.
type tables struct {
	*env

	db     *sql.DB
	prefix string
}

func (e *env) tables() tables {
	e.Helper()
	r := e.rig()
	e.needs("editing by SQL", r.Tables != nil)
	db, prefix := r.Tables(e.T)
	return tables{e, db, prefix}
}

// exec runs a statement in which the names of tables have no prefix, in a transaction if one is given.
func (d tables) exec(tx *sql.Tx, statement string) {
	d.Helper()
	var in interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	} = d.db
	if tx != nil {
		in = tx
	}
	named := strings.NewReplacer("periodic_task", d.prefix+"periodic_task", "task_schedule", d.prefix+"task_schedule")
	if _, err := in.ExecContext(d.ctx, named.Replace(statement)); err != nil {
		d.Fatalf("%s: %v", statement, err)
	}
}

func (d tables) begin() *sql.Tx {
	d.Helper()
	tx, err := d.db.BeginTx(d.ctx, nil)
	d.noErr(err)
	d.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// A transaction that is held open while others commit is seen when it commits, once, and does not hide the others.
func lateCommit(e *env) {
	d := e.tables()
	e.needs("two writers at once", !strings.HasPrefix(e.a.Features().Name, "sqlite"))
	s := e.a
	entries := e.add("one", "two", "three")
	v := e.latest(s)

	late := d.begin()
	d.exec(late, "update task_schedule set active = false where id = "+string(entries[0].ID))
	rolledBack := d.begin()
	d.exec(rolledBack, "update task_schedule set active = false where id = "+string(entries[2].ID))
	d.exec(nil, "update task_schedule set active = false where id = "+string(entries[1].ID))

	changed, _, v := e.since(s, v)
	e.equal("while it is open", changed, []beat.EntryID{entries[1].ID})
	for range 3 {
		if w := e.latest(s); !w.Same(v) {
			e.Errorf("the version moved from %+v to %+v while nothing was committed", v, w)
		}
	}
	e.noErr(rolledBack.Rollback())
	if w := e.latest(s); !w.Same(v) {
		e.Errorf("a rollback moved the version from %+v to %+v", v, w)
	}
	d.exec(nil, "update task_schedule set active = true where id = "+string(entries[1].ID))
	early := v
	changed, _, v = e.since(s, v)
	e.equal("after another change", changed, []beat.EntryID{entries[1].ID})

	e.noErr(late.Commit())
	if w := e.latest(s); w.Same(v) {
		e.Error("the late commit did not move the version")
	}
	changed, _, next := e.since(s, v)
	e.equal("after the late commit", changed, []beat.EntryID{entries[0].ID})
	changed, _, _ = e.since(s, early)
	e.equal("since before", changed, []beat.EntryID{entries[0].ID, entries[1].ID})
	if changed, _, _ := e.since(s, next); len(changed) != 0 {
		e.Errorf("reported again: %v", changed)
	}
	fresh := e.open(e.T, "")
	if v := e.latest(fresh); !v.Same(e.latest(fresh)) {
		e.Error("a fresh handle sees a change where there is none")
	}
}

// Edits by other programs: each statement must move the version, and name exactly what it touched.
func rawEdits(e *env) {
	d := e.tables()
	s := e.a
	added := e.add("one", "two", "three", "four")
	id := func(i int) beat.EntryID { return added[i].ID }
	task := func(i int) string { return added[i].TaskID }
	d.exec(nil, "insert into task_schedule (task_id, kind, minute) values ("+task(0)+", 'crontab', '5')")
	second := e.all(s, 10)[4].ID
	for _, c := range []struct {
		name, statement  string
		changed, deleted []beat.EntryID
	}{
		{"update of a task", "update periodic_task set queue = 'q' where id = " + task(0), []beat.EntryID{id(0), second}, nil},
		{"update of a schedule", "update task_schedule set active = false where id = " + string(id(1)), []beat.EntryID{id(1)}, nil},
		{"bulk update", "update periodic_task set priority = 1", []beat.EntryID{id(0), id(1), id(2), id(3), second}, nil},
		{"update of nothing", "update periodic_task set priority = 1 where id = -1", nil, nil},
		{"move to another namespace", "update periodic_task set namespace = 'x' where id = " + task(3), nil, []beat.EntryID{id(3)}},
		{"and back", "update periodic_task set namespace = '' where id = " + task(3), []beat.EntryID{id(3)}, nil},
		{"delete of a schedule", "delete from task_schedule where id = " + string(id(2)), nil, []beat.EntryID{id(2)}},
		{"delete of a task", "delete from periodic_task where id = " + task(0), nil, []beat.EntryID{id(0), second}},
		{"bulk delete", "delete from periodic_task", nil, []beat.EntryID{id(1), id(3)}},
	} {
		v := e.latest(s)
		d.exec(nil, c.statement)
		if moved := !e.latest(s).Same(v); moved != (c.changed != nil || c.deleted != nil) {
			e.Errorf("%s: the version moved: %v", c.name, moved)
		}
		changed, deleted, next := e.since(s, v)
		e.equal(c.name+": changed", changed, c.changed)
		e.equal(c.name+": deleted", deleted, c.deleted)
		if !next.Same(e.latest(s)) {
			e.Errorf("%s: the version moved again", c.name)
		}
	}
}
