package claimlog

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// format is that of records and checkpoints as this version writes them. The first ones did not name theirs.
const format = 1

// readable refuses what a later version wrote: who does not understand a record must not decide what comes after it.
func readable(written int) error {
	if written > format {
		return fmt.Errorf("its format is %d, which a later version of beat wrote; this one reads up to %d", written, format)
	}
	return nil
}

// kind is what a record does.
type kind string

const (
	kindLease   kind = "lease"   // takes a lease; counts if its epoch is larger than that of the shard
	kindRenew   kind = "renew"   // moves the end of a lease
	kindRelease kind = "release" // gives a lease up
	kindClaim   kind = "claim"   // moves cursors and opens a batch; settles others along the way
	kindSettle  kind = "settle"  // settles batches
	kindPut     kind = "put"     // replaces cursors while nobody leads
)

// entry is a record of the log as it is stored, in JSON with short names. Times are microseconds since 1970.
type entry struct {
	Format int       `json:"v,omitempty"`
	ID     uuid.UUID `json:"id"` // tells a record from another one at the same place
	Kind   kind      `json:"k"`
	Shard  int       `json:"sh,omitempty"`
	Epoch  int64     `json:"ep"`
	Holder uuid.UUID `json:"h"`
	At     int64     `json:"at"`

	Name    string `json:"n,omitempty"`   // of the holder
	Expires int64  `json:"x,omitempty"`   // of a lease
	TTL     int64  `json:"ttl,omitempty"` // of a lease, microseconds

	Batch    uuid.UUID     `json:"b,omitzero"`
	Moves    []move        `json:"m,omitempty"`
	Payload  []byte        `json:"p,omitempty"`
	Done     []settlement  `json:"d,omitempty"`
	Switched []string      `json:"sw,omitempty"` // entries that were switched off as their claims said
	Filed    int64         `json:"fi,omitempty"` // the history up to that place of the log is filed
	Cursors  []beat.Cursor `json:"c,omitempty"`

	Parts int `json:"parts,omitempty"` // the content stands in that many parts of the series "part:ID"
}

// move is a decision that was carried out.
type move struct {
	ID   string   `json:"i"`
	To   int64    `json:"t"`
	Next int64    `json:"x,omitempty"`
	Fire bool     `json:"f,omitempty"`
	Spec uint64   `json:"s,omitempty"`
	Note string   `json:"o,omitempty"`
	End  beat.End `json:"e,omitempty"`

	Missed int64  `json:"n,omitempty"` // runs that were given up, the first and the last of them, and why
	From   int64  `json:"a,omitempty"`
	Until  int64  `json:"z,omitempty"`
	Reason string `json:"r,omitempty"`
}

type settlement struct {
	Batch  uuid.UUID `json:"b"`
	Failed []failure `json:"f,omitempty"`
}

type failure struct {
	ID      string        `json:"i"`
	Instant int64         `json:"t"`
	State   message.State `json:"s"`
	Reason  string        `json:"r,omitempty"`
}

func decode(r Record) (entry, error) {
	var e entry
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return e, fmt.Errorf("record %d of the claim log: %w", r.Seq, err)
	}
	if err := readable(e.Format); err != nil {
		return e, fmt.Errorf("record %d of the claim log: %w", r.Seq, err)
	}
	return e, nil
}

func settlements(done []beat.Settlement) []settlement {
	var list []settlement
	for _, d := range done {
		s := settlement{Batch: d.Batch}
		for _, f := range d.Failed {
			s.Failed = append(s.Failed, failure{ID: string(f.ID), Instant: micros(f.Instant), State: f.State, Reason: f.Reason})
		}
		list = append(list, s)
	}
	return list
}

func moved(d *beat.Decision) move {
	return move{
		ID: string(d.ID), To: micros(d.To), Next: micros(d.Next), Fire: d.Fire, Spec: d.Spec, Note: d.Note, End: d.End,
		Missed: d.Missed, From: micros(d.MissedFrom), Until: micros(d.MissedTo), Reason: d.MissedReason,
	}
}

// micros is an instant in microseconds since 1970; 0 means none, and the first instant of 1970 becomes the second.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	if n := t.UnixMicro(); n != 0 {
		return n
	}
	return 1
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
