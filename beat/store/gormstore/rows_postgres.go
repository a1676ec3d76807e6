package gormstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/gobeat/gobeat/models"
)

// eachRow reads rows of entries past database/sql, which takes four times as long and most of it for garbage: it is how a
// million of them are loaded. The row is used again for the next one, and a text that stays the same stays the same memory.
func (p *postgres) eachRow(ctx context.Context, query string, args []any, f func(*models.Row)) error {
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
		return readRows(rows, f)
	})
}

func readRows(rows pgx.Rows, f func(*models.Row)) error {
	var row models.Row
	targets := row.Targets()
	columns := columnsOf(rows, targets)
	for rows.Next() {
		if columns == nil {
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			f(&row)
			continue
		}
		for i, raw := range rows.RawValues() {
			if err := columns[i](raw); err != nil {
				return fmt.Errorf("column %s: %w", rows.FieldDescriptions()[i].Name, err)
			}
		}
		f(&row)
	}
	return rows.Err()
}
