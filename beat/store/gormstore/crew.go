package gormstore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Muster notes that a beat is there and returns all that are. Whoever does so also strikes out those that went without
// a word, some time after they ceased to count.
func (s *Store) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	const attempt = "muster"
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	update := s.gorm.WithContext(ctx).Exec(s.sql("update ${prefix}beat_member set name = ?, shards = ?, held = ?, broker = ?,"+
		" ceded_at = ?, expires_at = "+s.d.clock(ttl)+" where namespace = ? and holder = ?"),
		m.Name, m.Shards, m.Held, m.Broker, s.d.stamp(m.Ceded), s.cfg.Namespace, m.Holder.String())
	if update.Error != nil {
		return nil, s.wrap(attempt, update.Error)
	}
	if update.RowsAffected == 0 {
		err := s.gorm.WithContext(ctx).Exec(s.sql("insert into ${prefix}beat_member"+
			" (namespace, holder, name, shards, held, broker, ceded_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, "+
			s.d.clock(ttl)+")"),
			s.cfg.Namespace, m.Holder.String(), m.Name, m.Shards, m.Held, m.Broker, s.d.stamp(m.Ceded)).Error
		if err != nil {
			return nil, s.wrap(attempt, err)
		}
		err = s.gorm.WithContext(ctx).Exec(s.sql("delete from ${prefix}beat_member where expires_at < " +
			s.d.clock(-time.Hour))).Error
		if err != nil {
			return nil, s.wrap(attempt, err)
		}
	}
	var rows []models.Member
	err := s.gorm.WithContext(ctx).Where("namespace = ? and expires_at > "+s.d.clock(0), s.cfg.Namespace).
		Order("holder").Find(&rows).Error
	there := make([]beat.Member, len(rows))
	for i, r := range rows {
		there[i] = r.Domain()
	}
	return there, s.wrap(attempt, err)
}

// Leave strikes a beat out.
func (s *Store) Leave(ctx context.Context, holder uuid.UUID) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	err := s.gorm.WithContext(ctx).Exec(s.sql("delete from ${prefix}beat_member where namespace = ? and holder = ?"),
		s.cfg.Namespace, holder.String()).Error
	return s.wrap("leave", err)
}
