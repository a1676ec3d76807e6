package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Unfinished is the queue of a task while it takes several writes to put it. It is switched off as long, so that nothing is
// ever sent there.
const Unfinished = "beat import: not finished"

// A placing is a task on its way into a store.
//
// A task may take several writes: one for each schedule, one for how far they have run, one for each schedule that goes.
// No store has them all in one step, and the process may be killed after any of them. So the first write marks the task
// as Unfinished and switches it off, all others leave it like that, and the last one, which is a single Update of one
// schedule with the task, takes off the mark and switches it on. That holds on every store, because each has the fields
// queue and enabled of a task and writes them together:
//
//   - as long as the mark is there nothing runs, so nothing can run by a schedule without its state, which would be
//     twice, or leave something out;
//   - the next import that has the task finds the mark and begins anew, whether or not it is to replace tasks. What a beat
//     decided about a task that was off are no runs, so it does not count as state then.
//
// A task of one schedule without state is one write and needs no mark. Nor does a task that is replaced without state: a
// beat may lead then, and it runs on while its schedules become those of the file one by one. When that is broken off,
// the next import finds a task that differs, and replaces it.
type placing struct {
	*Importer

	task       *Task
	wanted     []beat.Entry       // of the task, in the order of its schedules
	old        []*beat.EntryState // for each of them the one whose place it takes; nil: none
	rest       []beat.EntryID     // what is there and is to go
	unfinished bool               // what is there is marked
}

// placing says what becomes what. Schedules that take the place of one that is there come first.
func (m *Importer) placing(t *Task, there []beat.EntryState) *placing {
	p := &placing{Importer: m, task: t}
	for i := range there {
		p.unfinished = p.unfinished || there[i].Entry.Queue == Unfinished
	}
	p.pair(there)
	for i := range t.Schedules {
		p.keepState(&t.Schedules[i], p.old[i])
	}
	p.wanted = t.entries()
	return p
}

// pair finds for each schedule the one that is there in its place: the same one, or else any that is left.
func (p *placing) pair(there []beat.EntryState) {
	known := map[string][]*beat.EntryState{}
	for i := range there {
		key := text(scheduleOf(&there[i], false))
		known[key] = append(known[key], &there[i])
	}
	var found, others []Schedule
	used := map[*beat.EntryState]bool{}
	for _, s := range p.task.Schedules {
		bare := s
		bare.State = nil
		key := text(bare)
		if len(known[key]) == 0 {
			others = append(others, s)
			continue
		}
		old := known[key][0]
		known[key], used[old] = known[key][1:], true
		found, p.old = append(found, s), append(p.old, old)
	}
	p.task.Schedules = append(found, others...)
	for i := range there {
		switch old := &there[i]; {
		case used[old]:
		case len(p.old) < len(p.task.Schedules):
			p.old = append(p.old, old)
		default:
			p.rest = append(p.rest, old.Entry.ID)
		}
	}
	p.old = append(p.old, make([]*beat.EntryState, len(p.task.Schedules)-len(p.old))...)
}

// keepState takes the state of the store in place of that of the file when it is the later one: what ran since the export
// must not run again.
func (p *placing) keepState(s *Schedule, old *beat.EntryState) {
	if !p.State {
		s.State = nil
	}
	if s.State == nil || old == nil {
		return
	}
	known := stateOf(&old.Entry, &old.Cursor)
	if known == nil {
		return
	}
	if p.unfinished {
		ran := old.Cursor.LastRun
		if old.Entry.RanAt.After(ran) {
			ran = old.Entry.RanAt
		}
		known = &State{DecidedTo: ran, LastRun: ran, Runs: known.Runs}
	}
	if known.DecidedTo.After(s.State.DecidedTo) {
		s.State = known
	}
}

// marked tells whether the task is marked while it is written.
func (p *placing) marked() bool {
	state := slices.ContainsFunc(p.task.Schedules, func(s Schedule) bool { return s.State != nil })
	return state || p.unfinished || p.old[0] == nil && len(p.wanted) > 1
}

// carryOut writes the task. A new one that cannot be written wholly is removed again.
func (p *placing) carryOut(ctx context.Context) error {
	written, err := p.write(ctx)
	switch {
	case err == nil:
		return nil
	case p.old[0] == nil:
		return errors.Join(err, p.undo(ctx, written))
	case p.marked():
		return fmt.Errorf("%w; it is switched off until the import is repeated", err)
	}
	return err
}

// write returns the entries that it has written, with an error too.
func (p *placing) write(ctx context.Context) ([]beat.Entry, error) {
	marked := p.marked()
	written := make([]beat.Entry, 0, len(p.wanted))
	for i, e := range p.wanted {
		if marked {
			e.Queue, e.Enabled = Unfinished, false
		}
		write := p.Store.Add
		if old := p.old[i]; old != nil {
			e.ID, e.TaskID, write = old.Entry.ID, old.Entry.TaskID, p.Store.Update
		} else {
			e.RanAt = p.ranAt(i)
			if i > 0 {
				e.TaskID = written[0].TaskID
			}
		}
		done, err := write(ctx, e)
		if err != nil {
			return written, err
		}
		written = append(written, done)
	}
	for _, id := range p.rest {
		if err := p.Store.Delete(ctx, id); err != nil && !errors.Is(err, beat.ErrNotFound) {
			return written, err
		}
	}
	if !marked {
		return written, nil
	}
	if err := p.putState(ctx, written); err != nil {
		return written, err
	}
	last := p.wanted[0]
	last.ID, last.TaskID = written[0].ID, written[0].TaskID
	_, err := p.Store.Update(ctx, last)
	return written, err
}

// ranAt is what tables of another scheduler need of the state of a new schedule from the first: they have a last run as
// soon as there is a row, and it would count as one by somebody else.
func (p *placing) ranAt(i int) time.Time {
	s := p.task.Schedules[i].State
	if s == nil || !p.Store.Features().Inherits {
		return time.Time{}
	}
	return s.DecidedTo
}

// undo removes what was written of a task that was not there before.
func (p *placing) undo(ctx context.Context, written []beat.Entry) error {
	var errs []error
	for i := range written {
		if err := p.Store.Delete(ctx, written[i].ID); err != nil && !errors.Is(err, beat.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// putState takes over how far the schedules have run.
func (p *placing) putState(ctx context.Context, written []beat.Entry) error {
	var cursors []beat.Cursor
	for i := range written {
		if s := p.task.Schedules[i].State; s != nil {
			c := s.cursor(written[i].ID)
			c.Spec = p.spec(s, &p.wanted[i], &written[i])
			cursors = append(cursors, c)
		}
	}
	if len(cursors) == 0 {
		return nil
	}
	return p.Store.(beat.Ledger).Put(ctx, cursors)
}

// spec is what a schedule counts as decided on. A schedule that did not change since it was decided on goes on from there,
// in whatever words this store keeps it and whatever the id is that its jitter comes from; one that changed counts from
// the import on.
func (p *placing) spec(s *State, wanted, written *beat.Entry) uint64 {
	known, _ := s.spec() // what is wrong with it, check has said
	if p.Planner == nil || known == 0 && !wanted.Running() {
		return known
	}
	asked, bad := p.Planner.Plan(wanted)
	if bad != nil || known != 0 && known != asked.Hash && wanted.Jitter == 0 {
		return known
	}
	here := *written
	here.Queue, here.Enabled, here.Active = wanted.Queue, true, true
	plan, bad := p.Planner.Plan(&here)
	if bad != nil {
		return known
	}
	return plan.Hash
}
