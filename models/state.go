package models

import (
	"strconv"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/schema"

	"github.com/gobeat/gobeat/beat"
)

// Cursor is a row of beat_cursor.
type Cursor struct {
	ScheduleID int64 `gorm:"primaryKey"`
	DecidedTo  Time
	LastRun    Time
	NextAt     Time
	Spec       int64 // the bits of beat.Cursor.Spec
	Fires      int64
	Note       Text
}

// TableName returns the name with the prefix of the naming strategy.
func (Cursor) TableName(namer schema.Namer) string { return prefixed(namer, TableCursor) }

// CursorColumns are the columns that a Cursor reads, in the order of Targets.
const CursorColumns = "schedule_id, decided_to, last_run, next_at, spec, fires, note"

// Targets returns where to scan CursorColumns to.
func (c *Cursor) Targets() []any {
	return []any{&c.ScheduleID, &c.DecidedTo, &c.LastRun, &c.NextAt, &c.Spec, &c.Fires, &c.Note}
}

// Domain returns the cursor as package beat has it.
func (c Cursor) Domain() beat.Cursor {
	return beat.Cursor{
		ID: EntryID(c.ScheduleID), DecidedTo: c.DecidedTo.Time, LastRun: c.LastRun.Time, Next: c.NextAt.Time,
		Spec: uint64(c.Spec), Fires: c.Fires, Note: string(c.Note),
	}
}

// LedgerRow is a row of beat_ledger: a run in the history.
type LedgerRow struct {
	ScheduleID int64 `gorm:"primaryKey"`
	Instant    Time
	State      string
	Reason     Text
	Epoch      int64
	Batch      uuid.UUID
	ClaimedAt  Time
	SettledAt  Time
}

// TableName returns the name with the prefix of the naming strategy.
func (LedgerRow) TableName(namer schema.Namer) string { return prefixed(namer, TableLedger) }

// Domain returns the run as package beat has it.
func (r LedgerRow) Domain() beat.Record {
	return beat.Record{
		Run:   beat.Run{ID: EntryID(r.ScheduleID), Instant: r.Instant.Time},
		State: r.State, Reason: string(r.Reason), Epoch: r.Epoch, Batch: r.Batch,
		ClaimedAt: r.ClaimedAt.Time, SettledAt: r.SettledAt.Time,
	}
}

// Missed is a row of beat_missed: runs that were given up.
type Missed struct {
	ScheduleID int64
	FromAt     Time
	ToAt       Time
	N          int64
	Reason     string
	At         Time
}

// TableName returns the name with the prefix of the naming strategy.
func (Missed) TableName(namer schema.Namer) string { return prefixed(namer, TableMissed) }

// Domain returns the runs as package beat has them.
func (m Missed) Domain() beat.Omission {
	return beat.Omission{
		ID: EntryID(m.ScheduleID), From: m.FromAt.Time, To: m.ToAt.Time, Count: m.N, Reason: m.Reason, At: m.At.Time,
	}
}

// Lease is a row of beat_lease.
type Lease struct {
	Namespace string `gorm:"primaryKey"`
	Shard     int    `gorm:"primaryKey"`
	Epoch     int64
	Holder    uuid.NullUUID
	Name      Text
	GrantedAt Time
	ExpiresAt Time
	Locked    bool
	Renewals  int64
}

// TableName returns the name with the prefix of the naming strategy.
func (Lease) TableName(namer schema.Namer) string { return prefixed(namer, TableLease) }

// Domain returns the lease as package beat has it; now is the store's clock.
func (l Lease) Domain(now time.Time) beat.LeaseState {
	return beat.LeaseState{
		Lease: beat.Lease{Shard: l.Shard, Epoch: l.Epoch, Holder: l.Holder.UUID, Expires: l.ExpiresAt.Time, Locked: l.Locked, Renewals: l.Renewals},
		Name:  string(l.Name), GrantedAt: l.GrantedAt.Time,
		Held: l.Holder.Valid && l.ExpiresAt.After(now),
	}
}

// Member is a row of beat_member: a beat that is there.
type Member struct {
	Namespace string    `gorm:"primaryKey"`
	Holder    uuid.UUID `gorm:"primaryKey"`
	Name      Text
	Shards    int
	Held      int
	Broker    bool
	CededAt   Time
	ExpiresAt Time
}

// TableName returns the name with the prefix of the naming strategy.
func (Member) TableName(namer schema.Namer) string { return prefixed(namer, TableMember) }

// Domain returns the member as package beat has it.
func (m Member) Domain() beat.Member {
	return beat.Member{
		Holder: m.Holder, Name: string(m.Name), Shards: m.Shards, Held: m.Held, Broker: m.Broker, Ceded: m.CededAt.Time,
		Until: m.ExpiresAt.Time,
	}
}

// EntryID is the id of the entry behind a row of task_schedule.
func EntryID(scheduleID int64) beat.EntryID { return beat.EntryID(strconv.FormatInt(scheduleID, 10)) }

// ScheduleID is the row of task_schedule behind an entry; false when no row can have that id.
func ScheduleID(id beat.EntryID) (int64, bool) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == string(id)
}
