package memstore

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// data is what the handles of one store share.
type data struct {
	mu sync.Mutex

	lastID    int64
	tasks     map[string]*task
	names     map[string]string // name -> task id
	schedules map[int64]*row
	order     []int64 // keys of schedules, ascending
	used      bool    // something was added since the start or the last purge

	seq   int64
	log   []change
	hints map[chan struct{}]struct{}

	cursors map[beat.EntryID]*cursor
	leases  map[int]*beat.LeaseState
	members map[uuid.UUID]beat.Member
	locks   map[int]chan struct{} // by shard; holds a value while the lock is held
	batches map[uuid.UUID]*batch
	ledger  map[beat.EntryID][]beat.Record   // ascending by instant
	missed  map[beat.EntryID][]beat.Omission // in the order in which they were given up
}

// task holds what belongs to the task, in the fields of an entry that concern it.
type task struct {
	beat.Entry
	modified time.Time
}

// row holds what belongs to the schedule.
type row struct {
	beat.Entry
	modified time.Time
}

func newData() *data {
	return &data{
		tasks:     map[string]*task{},
		names:     map[string]string{},
		schedules: map[int64]*row{},
		hints:     map[chan struct{}]struct{}{},
		cursors:   map[beat.EntryID]*cursor{},
		leases:    map[int]*beat.LeaseState{},
		members:   map[uuid.UUID]beat.Member{},
		locks:     map[int]chan struct{}{},
		batches:   map[uuid.UUID]*batch{},
		ledger:    map[beat.EntryID][]beat.Record{},
		missed:    map[beat.EntryID][]beat.Omission{},
	}
}

// nextID makes an id that is never used again.
func (d *data) nextID() int64 {
	d.lastID++
	return d.lastID
}

// entry joins a schedule with its task.
func (d *data) entry(id int64) (beat.Entry, bool) {
	r, ok := d.schedules[id]
	if !ok {
		return beat.Entry{}, false
	}
	t := d.tasks[r.TaskID]
	e := t.Entry
	e.ID, e.Spec, e.ScheduleKwargs = r.ID, r.Spec, r.ScheduleKwargs
	e.Jitter, e.Active, e.CreatedAt, e.Bad = r.Jitter, r.Active, r.CreatedAt, r.Bad
	e.ModifiedAt = t.modified
	if r.modified.After(t.modified) {
		e.ModifiedAt = r.modified
	}
	return clone(e), true
}

// find returns the schedule with that id.
func (d *data) find(id beat.EntryID) (int64, *row, error) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err == nil {
		if r, ok := d.schedules[n]; ok {
			return n, r, nil
		}
	}
	return 0, nil, fmt.Errorf("schedule %q: %w", id, beat.ErrNotFound)
}

// of returns the ids of the schedules of a task, ascending.
func (d *data) of(taskID string) []int64 {
	var ids []int64
	for _, id := range d.order {
		if d.schedules[id].TaskID == taskID {
			ids = append(ids, id)
		}
	}
	return ids
}

// drop removes a schedule and logs that.
func (d *data) drop(id int64) {
	delete(d.schedules, id)
	if i, ok := slices.BinarySearch(d.order, id); ok {
		d.order = slices.Delete(d.order, i, i+1)
	}
	delete(d.cursors, entryID(id))
	d.changed(id)
}

// dropTask removes a task that has no schedules left.
func (d *data) dropTask(id string) {
	delete(d.names, d.tasks[id].Name)
	delete(d.tasks, id)
}

func entryID(id int64) beat.EntryID { return beat.EntryID(strconv.FormatInt(id, 10)) }

// clone makes an entry that shares no memory with e, its times as a database would return them.
func clone(e beat.Entry) beat.Entry {
	e.Args, e.Kwargs = slices.Clone(e.Args), slices.Clone(e.Kwargs)
	e.Headers, e.Options = slices.Clone(e.Headers), slices.Clone(e.Options)
	e.ScheduleKwargs = slices.Clone(e.ScheduleKwargs)
	e.Priority, e.ExpireSeconds = copyOf(e.Priority), copyOf(e.ExpireSeconds)
	e.Bad = copyOf(e.Bad)
	e.Expires, e.StartTime, e.EndTime = stamp(e.Expires), stamp(e.StartTime), stamp(e.EndTime)
	e.Spec.Clocked = stamp(e.Spec.Clocked)
	return e
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
