package models

import (
	"database/sql/driver"
	"fmt"
)

// Text is an optional text; the empty one is stored as NULL and NULL is read as the empty one.
type Text string

// Scan reads a column.
func (t *Text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = Text(v)
	case []byte:
		*t = Text(v)
	default:
		return fmt.Errorf("text column holds %T", src)
	}
	return nil
}

// Value returns the text, nil for the empty one.
func (t Text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil
	}
	return string(t), nil
}

// GormDataType names the type for GORM.
func (Text) GormDataType() string { return "text" }
