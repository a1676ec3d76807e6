package gormstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// eachRow reads rows past database/sql, which takes four times as long and most of it for garbage: it is how a million
// entries and their cursors are loaded. A text that is the same as in the row before stays the same memory.
func (p *postgres) eachRow(ctx context.Context, query string, args, targets []any, f func()) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the error that matters is that of the query
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("read rows: the driver is %T", driver)
		}
		rows, err := c.Conn().Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return readRows(rows, targets, f)
	})
}

func readRows(rows pgx.Rows, targets []any, f func()) error {
	columns := columnsOf(rows, targets)
	for rows.Next() {
		if columns == nil {
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			f()
			continue
		}
		for i, raw := range rows.RawValues() {
			if err := columns[i](raw); err != nil {
				return fmt.Errorf("column %s: %w", rows.FieldDescriptions()[i].Name, err)
			}
		}
		f()
	}
	return rows.Err()
}
