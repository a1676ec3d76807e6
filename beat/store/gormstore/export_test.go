package gormstore

import (
	"context"
	"strconv"
)

// LimitPages makes SQLite refuse to let the database grow beyond so many pages, or beyond what it has.
func (s *Store) LimitPages(ctx context.Context, pages int) error {
	return s.gorm.WithContext(ctx).Exec("pragma max_page_count = " + strconv.Itoa(pages)).Error
}
