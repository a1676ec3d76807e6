package amqp

import (
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// A flight is a batch on its way, or one that has arrived.
type flight struct {
	mu    sync.Mutex
	slots []slot
	said  []run // what the last marker said of it
	done  bool  // said is final
}

// A slot is one message of a flight.
type slot struct {
	outcome  message.Outcome
	tried    bool      // it was written, now or in an earlier call
	delivery *delivery // the last attempt, nil when its end is in outcome
}

// final tells whether nothing is left to do for a message.
func (s *slot) final() bool {
	switch s.outcome.State {
	case message.Confirmed, message.Returned, message.Refused:
		return true
	case message.Unknown, message.Rejected:
	}
	return false
}

// todo returns the numbers of the messages that must be sent: what is on its way or done is left out.
func (f *flight) todo() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []int
	for i := range f.slots {
		if s := &f.slots[i]; !s.final() && s.delivery == nil {
			out = append(out, i)
		}
	}
	return out
}

func (f *flight) set(i int, o message.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots[i].outcome, f.slots[i].delivery = o, nil
}

// reopen lets a message be sent again.
func (f *flight) reopen(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots[i], f.done = slot{}, false
}

// skip settles the messages that the caller does not want sent.
func (f *flight) skip(b message.Batch) {
	for i := range b.Messages {
		if b.Skipped(i) && f.open(i) {
			f.set(i, message.SkippedOutcome())
		}
	}
}

func (f *flight) sent(i int, d *delivery) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots[i].outcome, f.slots[i].delivery, f.slots[i].tried = message.Outcome{}, d, true
}

// deliveries returns what is on its way.
func (f *flight) deliveries() []*delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*delivery
	for i := range f.slots {
		if d := f.slots[i].delivery; d != nil {
			out = append(out, d)
		}
	}
	return out
}

// open tells whether a message has no final outcome.
func (f *flight) open(i int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.slots[i].final()
}

// unknown tells whether nothing is known of a message that is not on its way either.
func (f *flight) unknown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.slots {
		if f.slots[i].delivery == nil && f.slots[i].outcome.State == message.Unknown {
			return true
		}
	}
	return false
}

// land turns deliveries that have ended into outcomes.
func (f *flight) land() {
	ended := f.ended()
	channels := map[*channel]bool{}
	for _, e := range ended {
		if on := e.delivery.on; !channels[on] {
			channels[on] = true
			on.settle()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range ended {
		if s := &f.slots[e.slot]; s.delivery == e.delivery {
			s.outcome, s.delivery = e.delivery.outcome(), nil
		}
	}
}

// A landing is the delivery of a slot.
type landing struct {
	slot     int
	delivery *delivery
}

// ended returns the deliveries that have ended and are not yet outcomes.
func (f *flight) ended() (out []landing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		return nil
	}
	for i := range f.slots {
		if d := f.slots[i].delivery; d != nil && d.finished() {
			out = append(out, landing{i, d})
		}
	}
	return out
}

// outcomes returns what is known. What was not tried at all can be tried again without harm.
func (f *flight) outcomes(failed bool) []message.Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]message.Outcome, len(f.slots))
	for i := range f.slots {
		out[i] = f.slots[i].outcome
		if failed && out[i].State == message.Unknown && !f.slots[i].tried {
			out[i] = message.Outcome{State: message.Rejected, Reason: "not tried after an earlier failure"}
		}
	}
	return out
}

// say returns what a marker that is written to a channel now may say of the batch.
func (f *flight) say(on *channel) []run {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.done {
		f.said, f.done = f.runs(on)
	}
	return f.said
}

// misquoted tells whether the last marker says something else of a batch that has ended.
func (f *flight) misquoted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		return false
	}
	runs, _ := f.runs(nil)
	return !slices.Equal(runs, f.said)
}

// runs returns how messages ended, and that those which went over the same channel as the marker to a queue that surely
// takes them have arrived when the marker has. It is final when nothing else can ever be said. The caller holds the lock.
func (f *flight) runs(on *channel) (out []run, final bool) {
	final = true
	for i := range f.slots {
		s := &f.slots[i]
		final = final && s.final()
		o := s.outcome
		if d := s.delivery; d != nil && d.on == on && d.sure && !d.failed() {
			o = message.Outcome{State: message.Confirmed}
		}
		out = addRun(out, o)
	}
	out = out[:min(len(out), markedRuns)]
	if n := len(out) - 1; n >= 0 && out[n].State == message.Unknown.String() {
		out = out[:n]
	}
	return out, final
}

// recall takes in what a marker says of messages whose fate is open.
func (f *flight) recall(runs []run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := 0
	for _, r := range runs {
		o, known := r.outcome()
		for range r.Count {
			if s := &f.slots[i]; known && s.delivery == nil && s.outcome.State == message.Unknown {
				s.outcome, s.tried = o, true
			}
			i++
		}
	}
}

// flights remember the last batches, so that publishing one again sends only what is missing.
type flights struct {
	mu    sync.Mutex
	byID  map[uuid.UUID]*flight
	order []uuid.UUID
}

// remembered is how many batches are kept; at most four are unsettled at a time.
const remembered = 64

// of returns the flight of a batch of n messages, a new one when it is not known.
func (f *flights) of(id uuid.UUID, n int) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.byID[id]; known != nil && len(known.slots) == n {
		return known
	}
	if f.byID == nil {
		f.byID = map[uuid.UUID]*flight{}
	}
	if f.byID[id] == nil {
		f.order = append(f.order, id)
	}
	f.byID[id] = &flight{slots: make([]slot, n)}
	if len(f.order) > remembered {
		delete(f.byID, f.order[0])
		f.order = f.order[1:]
	}
	return f.byID[id]
}

// last returns the batches that a marker speaks of, the oldest first.
func (f *flights) last() (ids []uuid.UUID, batches []*flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids = slices.Clone(f.order[max(0, len(f.order)-markedBatches):])
	for _, id := range ids {
		batches = append(batches, f.byID[id])
	}
	return ids, batches
}

// find returns the flight of a batch, or nil.
func (f *flights) find(id uuid.UUID) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byID[id]
}
