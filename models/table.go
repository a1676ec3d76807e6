package models

import "gorm.io/gorm/schema"

// Names of the tables without prefix.
const (
	TablePeriodicTask = "periodic_task"
	TableTaskSchedule = "task_schedule"
	TableChange       = "beat_change"
	TableLease        = "beat_lease"
	TableMember       = "beat_member"
	TableCursor       = "beat_cursor"
	TableBatch        = "beat_batch"
	TableLedger       = "beat_ledger"
	TableMissed       = "beat_missed"
	TableOwner        = "beat_owner" // beside the tables of another scheduler
)

// prefixed puts the prefix of GORM's naming strategy before the name of a table.
func prefixed(namer schema.Namer, table string) string {
	switch n := namer.(type) {
	case schema.NamingStrategy:
		return n.TablePrefix + table
	case *schema.NamingStrategy:
		return n.TablePrefix + table
	}
	return table
}
