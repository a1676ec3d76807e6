package claimlog

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// keepSettled is how long a settled batch is remembered; see beat.Claims.
const keepSettled = time.Minute

// state is what the records of a log say up to a place.
type state struct {
	Seq     int64                    `json:"seq"`
	Leases  map[int]*lease           `json:"leases"`
	Cursors map[beat.EntryID]*cursor `json:"cursors"`
	Batches []*batch                 `json:"batches"` // in the order in which they were claimed
	Ends    map[beat.EntryID]ending  `json:"ends"`    // entries that are to be switched off
}

// lease is the lease of a shard; see beat.LeaseState.
type lease struct {
	Epoch     int64         `json:"epoch"`
	Holder    uuid.UUID     `json:"holder"` // zero: it was given up
	Name      string        `json:"name"`
	GrantedAt time.Time     `json:"granted_at"`
	Expires   time.Time     `json:"expires"`
	TTL       time.Duration `json:"ttl"`
	Renewals  int64         `json:"renewals"`

	seen time.Time // when this process read the newest record of it
}

// cursor is a cursor with the batch that moved it last.
type cursor struct {
	beat.Cursor
	Batch uuid.UUID
}

// batch is a batch that was claimed.
type batch struct {
	beat.OpenBatch
	Shard   int
	Settled time.Time // zero: not yet
}

// ending is what the last run of an entry switches off.
type ending struct {
	Shard int
	End   beat.End
}

func newState() *state {
	return &state{
		Leases: map[int]*lease{}, Cursors: map[beat.EntryID]*cursor{}, Ends: map[beat.EntryID]ending{},
	}
}

// lease returns the lease of a shard, made if it is not there.
func (s *state) lease(shard int) *lease {
	l := s.Leases[shard]
	if l == nil {
		l = &lease{}
		s.Leases[shard] = l
	}
	return l
}

// holds tells whether the lease is still that of its holder, expired or not.
func (s *state) holds(l beat.Lease) bool {
	own := s.Leases[l.Shard]
	return own != nil && own.Epoch == l.Epoch && own.Holder == l.Holder && l.Holder != uuid.Nil
}

// batch returns a batch by its id, nil if it is not known.
func (s *state) batch(id uuid.UUID) *batch {
	if i := slices.IndexFunc(s.Batches, func(b *batch) bool { return b.ID == id }); i >= 0 {
		return s.Batches[i]
	}
	return nil
}

// apply carries out the next record.
func (s *state) apply(e *entry) {
	s.Seq++
	l := s.lease(e.Shard)
	switch {
	case e.Kind == kindPut:
		s.put(e)
		return
	case e.Kind == kindLease && e.Epoch > l.Epoch:
		*l = lease{
			Epoch: e.Epoch, Holder: e.Holder, Name: e.Name, GrantedAt: instant(e.At), Expires: instant(e.Expires),
			TTL: time.Duration(e.TTL) * time.Microsecond, seen: time.Now(),
		}
		return
	case e.Epoch != l.Epoch || e.Holder != l.Holder:
		return // of a leader that was stopped, or lost its record
	}
	for _, id := range e.Switched {
		delete(s.Ends, beat.EntryID(id))
	}
	switch e.Kind {
	case kindRenew:
		l.Expires, l.TTL, l.seen = instant(e.Expires), time.Duration(e.TTL)*time.Microsecond, time.Now()
		l.Renewals++
		s.sweep(instant(e.At))
	case kindRelease:
		l.Holder, l.Expires = uuid.Nil, instant(e.At)
	case kindClaim:
		s.settle(e)
		s.claim(e)
	case kindSettle:
		s.settle(e)
	case kindLease, kindPut: // above
	}
}

// claim moves cursors and opens a batch.
func (s *state) claim(e *entry) {
	open := &batch{OpenBatch: beat.OpenBatch{ID: e.Batch, Epoch: e.Epoch, Payload: e.Payload}, Shard: e.Shard}
	for i := range e.Moves {
		m := &e.Moves[i]
		id := beat.EntryID(m.ID)
		c := s.Cursors[id]
		if c == nil {
			c = &cursor{Cursor: beat.Cursor{ID: id}}
			s.Cursors[id] = c
		}
		c.DecidedTo, c.Next, c.Spec, c.Note, c.Batch = instant(m.To), instant(m.Next), m.Spec, m.Note, e.Batch
		if m.Fire {
			c.LastRun = c.DecidedTo
			c.Fires++
			open.Runs = append(open.Runs, beat.Run{ID: id, Instant: c.DecidedTo})
		}
		if m.End != beat.EndNothing {
			s.Ends[id] = ending{Shard: e.Shard, End: m.End}
		}
	}
	if len(open.Runs) > 0 {
		s.Batches = append(s.Batches, open)
	}
}

// settle notes that batches are finished, or puts settled ones right.
func (s *state) settle(e *entry) {
	for _, d := range e.Done {
		b := s.batch(d.Batch)
		if b == nil || b.Shard != e.Shard {
			continue
		}
		for _, f := range d.Failed {
			b.fail(beat.Failure{ID: beat.EntryID(f.ID), Instant: instant(f.Instant), State: f.State, Reason: f.Reason})
		}
		if b.Settled.IsZero() {
			b.Settled = instant(e.At)
			s.settled(b)
		}
	}
}

// fail notes a run of the batch that did not reach a queue, unless that is known.
func (b *batch) fail(f beat.Failure) {
	of := func(r beat.Run) bool { return r.ID == f.ID && r.Instant.Equal(f.Instant) }
	known := func(o beat.Failure) bool { return o.ID == f.ID && o.Instant.Equal(f.Instant) }
	if slices.ContainsFunc(b.Runs, of) && !slices.ContainsFunc(b.Failed, known) {
		b.Failed = append(b.Failed, f)
	}
}

// settled moves a batch behind those that were settled before it.
func (s *state) settled(b *batch) {
	i := slices.Index(s.Batches, b)
	s.Batches = append(slices.Delete(s.Batches, i, i+1), b)
}

// sweep forgets batches that were settled a while ago.
func (s *state) sweep(at time.Time) {
	s.Batches = slices.DeleteFunc(s.Batches, func(b *batch) bool {
		return !b.Settled.IsZero() && at.Sub(b.Settled) > keepSettled
	})
}

// put replaces cursors.
func (s *state) put(e *entry) {
	for _, c := range e.Cursors {
		s.Cursors[c.ID] = &cursor{Cursor: c}
	}
}

// copy returns a batch that shares no memory with that of the state.
func (b *batch) copy() beat.OpenBatch {
	o := b.OpenBatch
	o.Runs, o.Payload, o.Failed = slices.Clone(o.Runs), slices.Clone(o.Payload), slices.Clone(o.Failed)
	return o
}
