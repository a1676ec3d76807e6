package foreign

import (
	"context"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/migrations"
	"github.com/gobeat/gobeat/models"
)

const owners = "${prefix}" + models.TableOwner

// mark notes who owns a row. The scheduler's tables have no column for it.
func (s *Store) mark(ctx context.Context, tx *gormstore.Tx, key int64, e *beat.Entry) error {
	if e.Owner == "" {
		_, err := tx.Exec(ctx, "delete from "+owners+" where task_id = ?", key)
		return err
	}
	replace := " on conflict (task_id) do update set name = excluded.name, owner = excluded.owner"
	if s.Dialect() == migrations.MySQL {
		replace = " on duplicate key update name = values(name), owner = values(owner)"
	}
	_, err := tx.Exec(ctx, "insert into "+owners+" (task_id, name, owner) values (?, ?, ?)"+replace, key, e.Name, e.Owner)
	return err
}
