package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
)

// JSON is a column with a JSON text, kept as it was written, key order and spaces included. Empty is NULL.
type JSON json.RawMessage

// Scan reads a column; it copies.
func (j *JSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(v)
	case []byte:
		*j = slices.Clone(v)
	default:
		return fmt.Errorf("json column holds %T", src)
	}
	return nil
}

// Value returns the text, nil when there is none.
func (j JSON) Value() (driver.Value, error) {
	if len(j) == 0 {
		return nil, nil
	}
	return string(j), nil
}

// GormDataType names the type for GORM.
func (JSON) GormDataType() string { return "json" }
