package gormstore

import "context"

// sweepForeign removes what is known of rows of another scheduler that are gone, but for the ledger: no trigger of ours
// sees them go. If it is asked for, it first removes rows that ran once, long ago.
func (s *Store) sweepForeign(ctx context.Context) error {
	if s.cfg.Tasks == "" || !s.spent.due(spentEvery) {
		return nil
	}
	if err := s.sweepOnce(ctx); err != nil {
		return err
	}
	for _, state := range []struct{ table, key string }{
		{"${prefix}beat_cursor", "schedule_id"}, {"${prefix}beat_owner", "task_id"},
	} {
		err := s.gorm.WithContext(ctx).Exec(s.sql("delete from " + state.table + " where not exists (select 1 from " + s.cfg.Tasks +
			" p where p.id = " + state.table + "." + state.key + ")")).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepOnce removes the rows one by one, since tables of the user's may refer to one, which then stays.
func (s *Store) sweepOnce(ctx context.Context) error {
	if s.cfg.SpentKeep <= 0 {
		return nil
	}
	db := s.gorm.WithContext(ctx)

	var ids []int64
	err := db.Raw(s.sql("select p.id from "+s.cfg.Tasks+" p join ${prefix}beat_cursor c on c.schedule_id = p.id where p.one_off and not p.enabled"+
		" and c.fires > 0 and c.last_run < "+s.d.clock(-s.cfg.SpentKeep)+" limit ?"), sweepMost/10).Scan(&ids).Error
	if err != nil {
		return err
	}
	for _, id := range ids {
		// Somebody may have switched it on again meanwhile.
		err := db.Exec("delete from "+s.cfg.Tasks+" where id = ? and one_off and not enabled", id).Error
		if err != nil && ctx.Err() == nil {
			s.cfg.Logger.DebugContext(ctx, "a row that ran once was not removed", "id", id, "error", s.wrap("remove row", err))
		}
	}
	return ctx.Err()
}
