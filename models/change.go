package models

import "gorm.io/gorm/schema"

// Change is a row of beat_change, the log that triggers write: a task or schedule was added, updated or deleted. A
// row with neither id says that everything may have changed (TRUNCATE).
type Change struct {
	Seq        int64 `gorm:"primaryKey"`
	TaskID     *int64
	ScheduleID *int64
	Deleted    bool
	At         Time
}

// TableName returns the name with the prefix of the naming strategy.
func (Change) TableName(namer schema.Namer) string { return prefixed(namer, TableChange) }
