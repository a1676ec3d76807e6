package foreign

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/migrations"
)

// schema is what this database has of the tables: they grew with the versions of their package.
type schema struct {
	columns map[string]bool  // "alias.column"
	lengths map[string]int64 // the most characters that a column holds, where the database says it
	query   string           // select and joins, up to where
	page    [2]string        // the same around a condition on the keys of tasks alone
}

func newSchema() *schema { return &schema{columns: map[string]bool{}, lengths: map[string]int64{}} }

func (s *schema) has(alias, column string) bool { return s.columns[alias+"."+column] }

// inspect looks at the tables. Only those of tasks must be there.
func (s *Store) inspect(ctx context.Context) (*schema, error) {
	found := newSchema()
	if err := s.columnsOf(ctx, found, "p", s.layout.Tasks); err != nil {
		return nil, s.layout.missing(s.layout.Tasks, err)
	}
	joins := []join{
		{"${prefix}beat_cursor", "b", "schedule_id", "p.id"},
		{"${prefix}beat_owner", "o", "task_id", "p.id"},
	}
	keys := map[string]string{}
	for _, t := range s.layout.Schedules {
		if !found.has("p", t.Key) {
			continue
		}
		if err := s.columnsOf(ctx, found, t.alias(), t.Table); err != nil {
			return nil, s.layout.missing(t.Table, err)
		}
		keys[t.alias()] = t.key()
		joins = append(joins, join{t.Table, t.alias(), "id", t.key()})
	}
	var list []string
	for _, f := range (&row{}).fields() {
		switch {
		case f.alias == "p" && f.column == "last_run_at":
			list = append(list, s.Ran("p.last_run_at"))
		case f.alias == "b" && f.column == "last_run":
			list = append(list, s.Reread("b.last_run"))
		case f.column == keyOf && keys[f.alias] != "":
			list = append(list, keys[f.alias])
		case found.has(f.alias, f.column) && s.isDouble(f.into):
			list = append(list, f.alias+"."+f.column+"::float8")
		case f.alias == "b" || f.alias == "o" || found.has(f.alias, f.column):
			list = append(list, f.alias+"."+f.column)
		default:
			list = append(list, "null")
		}
	}
	columns := "select " + strings.Join(list, ", ") + "\nfrom "
	tasks := s.layout.Tasks + " p "
	found.query = columns + tasks
	for _, j := range joins {
		found.query += j.whole()
	}
	found.page = [2]string{found.query, ""}
	if s.Dialect() == migrations.Postgres {
		found.page = [2]string{columns + "(select * from " + tasks, ") p "}
		for _, j := range joins {
			found.page[1] += j.byKey()
		}
		found.page[1] += "order by p.id"
	}
	return found, nil
}

// isDouble tells whether PostgreSQL has to be told to send a number as the one that is read: columns are of several types.
func (s *Store) isDouble(target any) bool {
	_, double := target.(*sql.NullFloat64)
	return double && s.Dialect() == migrations.Postgres
}

// join is a table whose row with a key belongs to a row of tasks.
type join struct{ table, alias, key, value string }

func (j join) whole() string {
	return "left join " + j.table + " " + j.alias + " on " + j.alias + "." + j.key + " = " + j.value + "\n"
}

// byKey keeps PostgreSQL from reading the whole table for each page, which it takes for cheap as long as it has no
// statistics.
func (j join) byKey() string {
	return "left join lateral (select * from " + j.table + " where " + j.key + " = " + j.value + " offset 0) " + j.alias + " on true\n"
}

// columnsOf adds the columns of a table.
func (s *Store) columnsOf(ctx context.Context, into *schema, alias, table string) error {
	rows, err := s.Query(ctx, "select * from "+table+" where 1 = 0")
	if err != nil {
		return s.Wrap("look at the table", err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return s.Wrap("look at the table", err)
	}
	for _, c := range columns {
		into.columns[alias+"."+c.Name()] = true
		if most, ok := c.Length(); ok && most > 0 {
			into.lengths[alias+"."+c.Name()] = most
		}
	}
	return s.Wrap("look at the table", rows.Err())
}

// shape returns what is known of the tables, and looks at them when nothing is.
func (s *Store) shape(ctx context.Context) (*schema, error) {
	if known := s.schema.Load(); known != nil {
		return known, nil
	}
	found, err := s.inspect(ctx)
	if err == nil {
		s.schema.Store(found)
	}
	return found, err
}

// reshape gives an error its meaning, and forgets what is known of the tables when that is wrong: somebody migrated them.
func (s *Store) reshape(err error) error {
	err = s.Wrap("read tasks", err)
	if errors.Is(err, beat.ErrMigrate) {
		s.schema.Store(nil)
	}
	return err
}
