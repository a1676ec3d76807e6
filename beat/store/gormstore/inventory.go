package gormstore

import (
	"context"
	"fmt"

	"github.com/gobeat/gobeat/beat"
)

// Stored says whether there are entries. A task that has lost its last schedule is left of one that there was.
func (s *Store) Stored(ctx context.Context) (beat.Stored, error) {
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	query := fmt.Sprintf(`select case
when exists (select 1 from ${prefix}periodic_task p join ${prefix}task_schedule s on s.task_id = p.id where p.namespace = ?) then %d
when exists (select 1 from ${prefix}periodic_task where namespace = ?) then %d
when exists (select 1 from ${prefix}beat_emptied where namespace = ?) then %d
else %d end`, beat.StoredSome, beat.StoredEmpty, beat.StoredEmpty, beat.StoredNever)
	var stored uint8
	ns := s.cfg.Namespace
	err := s.gorm.WithContext(ctx).Raw(s.sql(query), ns, ns, ns).Row().Scan(&stored)
	return beat.Stored(stored), s.wrap("look whether there are entries", err)
}
