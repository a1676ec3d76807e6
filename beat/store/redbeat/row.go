package redbeat

import (
	"math"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
)

// Owner is the owner of entries that come from beat_schedule, which RedBeat calls static. There is no other.
const Owner = "beat_schedule"

// row is an entry as rows.lua answers it.
type row struct {
	id         string
	definition string // JSON
	meta       string // JSON that somebody else wrote; empty when we did
	cursor     string // of redisstore; empty when there is none
	static     bool   // it comes from beat_schedule
	score      string // when RedBeat looks at it, in seconds since 1970
	count      int64  // of runs, whoever ran it
}

// entry converts the row. What cannot be read is reported in Bad.
func (r row) entry() beat.Entry {
	id := beat.EntryID(r.id)
	e := beat.Entry{ID: id, TaskID: r.id, Name: r.id, Active: true}
	if r.static {
		e.Owner = Owner
	}
	bad := func(field, value, problem string) beat.Entry {
		e.Bad = &beat.EntryError{ID: id, Name: e.Name, Field: field, Value: value, Problem: problem}
		return e
	}
	var d definition
	if p := d.read(r.definition); p != nil {
		return bad(p.field, p.value, p.text)
	}
	d.into(&e)
	ran, p := lastRun(r.meta)
	if p != nil {
		return bad(p.field, p.value, p.text)
	}
	e.RanAt = ran
	if cursor, err := redisstore.Cursor(id, r.cursor); err == nil { // Get says what is wrong with one that cannot be read
		e.DecidedTo = cursor.DecidedTo
	}
	return e
}

// neverRan tells whether nobody ran the entry, of which e was made.
func (r row) neverRan(e *beat.Entry) bool { return r.cursor == "" && e.RanAt.IsZero() }

// dueAt is the score as an instant; zero when it is none.
func (r row) dueAt() time.Time {
	seconds, err := strconv.ParseFloat(r.score, 64)
	if err != nil || seconds < 0 || seconds > math.MaxInt32 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// problem is what is wrong with a field.
type problem struct{ field, value, text string }

func (p *problem) of(e *beat.Entry) *beat.EntryError {
	return &beat.EntryError{ID: e.ID, Name: e.Name, Field: p.field, Value: p.value, Problem: p.text}
}
