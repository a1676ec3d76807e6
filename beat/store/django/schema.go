package django

import (
	"context"
	"errors"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// Tables of django-celery-beat; their names are fixed.
const (
	tableTasks     = "django_celery_beat_periodictask"
	tableIntervals = "django_celery_beat_intervalschedule"
	tableCrontabs  = "django_celery_beat_crontabschedule"
	tableSolar     = "django_celery_beat_solarschedule"
	tableClocked   = "django_celery_beat_clockedschedule"
	tableMarker    = "django_celery_beat_periodictasks"
)

// schema is what this database has of the tables: they grew with the versions of django-celery-beat.
type schema struct {
	columns map[string]bool // "alias.column"
	query   string          // select and joins, up to where
}

// joined are the tables that a row of tasks is read with, by alias; the task names a row of each by a column.
func joined() []struct{ alias, table, key string } {
	return []struct{ alias, table, key string }{
		{"i", tableIntervals, "interval_id"},
		{"c", tableCrontabs, "crontab_id"},
		{"s", tableSolar, "solar_id"},
		{"k", tableClocked, "clocked_id"},
	}
}

func (s *schema) has(alias, column string) bool { return s.columns[alias+"."+column] }

// inspect looks at the tables. Only those of tasks must be there.
func (s *Store) inspect(ctx context.Context) (*schema, error) {
	found := &schema{columns: map[string]bool{}}
	if err := s.columnsOf(ctx, found, "p", tableTasks); err != nil {
		return nil, missing(tableTasks, err)
	}
	var from strings.Builder
	from.WriteString("\nfrom " + tableTasks + " p left join ${prefix}beat_cursor b on b.schedule_id = p.id")
	for _, j := range joined() {
		if !found.has("p", j.key) {
			continue
		}
		if err := s.columnsOf(ctx, found, j.alias, j.table); err != nil {
			return nil, missing(j.table, err)
		}
		from.WriteString("\nleft join " + j.table + " " + j.alias + " on " + j.alias + ".id = p." + j.key)
	}
	var list []string
	for _, f := range (&row{}).fields() {
		if f.alias == "b" || found.has(f.alias, f.column) {
			list = append(list, f.alias+"."+f.column)
		} else {
			list = append(list, "null")
		}
	}
	found.query = "select " + strings.Join(list, ", ") + from.String() + "\n"
	return found, nil
}

// columnsOf adds the columns of a table.
func (s *Store) columnsOf(ctx context.Context, into *schema, alias, table string) error {
	rows, err := s.Query(ctx, "select * from "+table+" where 1 = 0")
	if err != nil {
		return s.Wrap("look at the table", err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return s.Wrap("look at the table", err)
	}
	for _, name := range names {
		into.columns[alias+"."+name] = true
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
