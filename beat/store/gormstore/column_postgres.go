package gormstore

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gobeat/gobeat/models"
)

// column sets a target to a value as the server sent it; nil is NULL.
type column func(raw []byte) error

// columnsOf returns nil when any column comes in a form that is not known here, such as all of a connection that asks for
// text.
func columnsOf(rows pgx.Rows, targets []any) []column {
	fields := rows.FieldDescriptions()
	if len(fields) != len(targets) {
		return nil
	}
	columns := make([]column, len(targets))
	for i, field := range fields {
		if columns[i] = columnOf(field.DataTypeOID, field.Format == pgtype.BinaryFormatCode, targets[i]); columns[i] == nil {
			return nil
		}
	}
	return columns
}

func columnOf(oid uint32, inBinary bool, target any) column {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID: // the same in both formats
		if c := textColumn(target); c != nil {
			return c
		}
		return missingColumn(target)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return ifBinary(inBinary, integerColumn(target))
	case pgtype.BoolOID:
		return ifBinary(inBinary, boolColumn(target))
	case pgtype.Float8OID:
		return ifBinary(inBinary, doubleColumn(target))
	case pgtype.TimestamptzOID:
		if t, ok := target.(*models.Time); ok {
			return ifBinary(inBinary, numberColumn(readTime, func(at models.Time) { *t = at }, func() { *t = models.Time{} }))
		}
	}
	return nil
}

func ifBinary(inBinary bool, c column) column {
	if inBinary {
		return c
	}
	return nil
}

func integerColumn(target any) column {
	switch t := target.(type) {
	case *int64:
		return numberColumn(readInteger, func(n int64) { *t = n }, func() { *t = 0 })
	case **int64:
		return numberColumn(readInteger, func(n int64) { *t = &n }, func() { *t = nil })
	case *sql.NullInt64:
		return numberColumn(readInteger, func(n int64) { *t = sql.NullInt64{Int64: n, Valid: true} }, func() { *t = sql.NullInt64{} })
	}
	return nil
}

func doubleColumn(target any) column {
	switch t := target.(type) {
	case *float64:
		return numberColumn(readDouble, func(n float64) { *t = n }, func() { *t = 0 })
	case **float64:
		return numberColumn(readDouble, func(n float64) { *t = &n }, func() { *t = nil })
	case *sql.NullFloat64:
		return numberColumn(readDouble, func(n float64) { *t = sql.NullFloat64{Float64: n, Valid: true} }, func() { *t = sql.NullFloat64{} })
	}
	return nil
}

func boolColumn(target any) column {
	switch t := target.(type) {
	case *bool:
		return numberColumn(readBool, func(b bool) { *t = b }, func() { *t = false })
	case *sql.NullBool:
		return numberColumn(readBool, func(b bool) { *t = sql.NullBool{Bool: b, Valid: true} }, func() { *t = sql.NullBool{} })
	}
	return nil
}

// missingColumn is one that is selected as NULL, because the table has none: PostgreSQL calls that a text.
func missingColumn(target any) column {
	var null func()
	switch t := target.(type) {
	case *sql.NullInt64:
		null = func() { *t = sql.NullInt64{} }
	case *sql.NullFloat64:
		null = func() { *t = sql.NullFloat64{} }
	case *sql.NullBool:
		null = func() { *t = sql.NullBool{} }
	case *models.Time:
		null = func() { *t = models.Time{} }
	default:
		return nil
	}
	return func(raw []byte) error {
		if raw != nil {
			return errText
		}
		null()
		return nil
	}
}

func textColumn(target any) column {
	switch t := target.(type) {
	case *string:
		return func(raw []byte) error {
			if *t != string(raw) {
				*t = string(raw)
			}
			return nil
		}
	case *models.Text:
		return func(raw []byte) error {
			if *t != models.Text(raw) {
				*t = models.Text(raw)
			}
			return nil
		}
	case *sql.NullString:
		return func(raw []byte) error {
			if t.Valid = raw != nil; t.String != string(raw) {
				t.String = string(raw)
			}
			return nil
		}
	case *models.JSON:
		return func(raw []byte) error {
			if raw == nil {
				*t = nil
			} else if *t == nil || !bytes.Equal(*t, raw) {
				*t = bytes.Clone(raw)
			}
			return nil
		}
	}
	return nil
}

func numberColumn[T any](read func([]byte) (T, error), set func(T), null func()) column {
	return func(raw []byte) error {
		if raw == nil {
			null()
			return nil
		}
		v, err := read(raw)
		if err != nil {
			return err
		}
		set(v)
		return nil
	}
}

var (
	errWidth = errors.New("has an unexpected width")
	errText  = errors.New("is a text")
)

func readInteger(raw []byte) (int64, error) {
	switch len(raw) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil
	case 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil
	case 8:
		return int64(binary.BigEndian.Uint64(raw)), nil
	}
	return 0, errWidth
}

func readDouble(raw []byte) (float64, error) {
	if len(raw) != 8 {
		return 0, errWidth
	}
	return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
}

func readBool(raw []byte) (bool, error) {
	if len(raw) != 1 {
		return false, errWidth
	}
	return raw[0] != 0, nil
}

// microsTo2000 is PostgreSQL's epoch in microseconds since 1970.
const microsTo2000 = 946_684_800_000_000

// readTime reads microseconds since 2000; the least and the greatest number stand for what is no time.
func readTime(raw []byte) (models.Time, error) {
	n, err := readInteger(raw)
	switch {
	case err != nil || len(raw) != 8:
		return models.Time{}, errWidth
	case n == math.MaxInt64:
		return models.Time{Text: "infinity"}, nil
	case n == math.MinInt64:
		return models.Time{Text: "-infinity"}, nil
	}
	return models.Time{Time: time.UnixMicro(n + microsTo2000).UTC()}, nil
}
