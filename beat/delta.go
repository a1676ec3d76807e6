package beat

import "time"

// delta tells the loop what changed in the store.
type delta struct {
	entries []loaded
	deleted []EntryID
	again   bool  // these entries were asked for because the store did not take a decision about them
	gen     int32 // of the full load that this is part of; 0: of none
	sweep   bool  // the full load gen is complete: what it has not seen does not exist
}

// loaded is an entry as it was read, checked, with its cursor.
type loaded struct {
	id     EntryID
	name   string
	plan   *Plan
	bad    *EntryError // set instead of plan
	cursor Cursor
}

// apply brings the jobs up to date.
func (l *loop) apply(d delta, now time.Time) {
	for i := range d.entries {
		e := &d.entries[i]
		j := l.jobs[e.id]
		if j == nil {
			l.made++
			j = &job{id: e.id, index: -1, order: l.made}
			l.jobs[e.id] = j
			l.bad++ // until its plan is known
		}
		if d.gen != 0 {
			j.gen = d.gen
		}
		l.update(j, e, d.again, now)
	}
	for _, id := range d.deleted {
		l.drop(id)
	}
	if d.sweep {
		l.loaded = true
		for id, j := range l.jobs {
			if j.gen != d.gen {
				l.drop(id)
			}
		}
	}
}

func (l *loop) update(j *job, e *loaded, again bool, now time.Time) {
	l.tell(j, e)
	if j.plan == nil {
		l.bad--
	}
	if e.plan == nil {
		l.bad++
	}
	j.plan = e.plan
	reason := ""
	if e.bad != nil {
		reason = e.bad.Reason()
	}
	j.setReason(reason)
	if j.inFlight && !again {
		return // the answer of the claim stage comes first; it places the job
	}
	j.inFlight = false
	delete(l.refused, j.id)
	stored := microsOf(e.cursor.DecidedTo)
	refused := again && stored == j.decided
	if again && stored != 0 && stored < j.decided {
		l.log.Error("the store has a cursor that it had already moved on", "name", e.name, "id", e.id,
			"stored", e.cursor.DecidedTo, "was", j.decided.time())
		l.lose(errRewound)
	}
	if again && stored == 0 {
		j.decided = 0 // somebody took the cursor away
	}
	if stored > j.decided || j.decided == 0 {
		j.decided, j.spec, j.fires = stored, e.cursor.Spec, e.cursor.Fires
		j.setNote(e.cursor.Note)
	}
	l.place(j, now)
	if refused && j.next != 0 {
		// Nobody moved the cursor: it was too early by the store's clock, or somebody holds the row that the run
		// would have switched off.
		j.due = max(j.due, microsOf(now.Add(lostDelay)))
		l.queue.put(j)
	}
}

// tell logs that an entry cannot run, once for each reason, and that it can again.
func (l *loop) tell(j *job, e *loaded) {
	was := ""
	if j.plan == nil {
		was = j.reason()
	}
	switch {
	case e.bad != nil && e.bad.Reason() != was:
		l.log.Warn("entry is quarantined", "name", e.name, "id", e.id, "field", e.bad.Field,
			"value", clip(e.bad.Value), "problem", e.bad.Problem)
	case e.bad == nil && was != "":
		l.log.Info("entry is well again", "name", e.name, "id", e.id)
	}
}

func (l *loop) drop(id EntryID) {
	j := l.jobs[id]
	if j == nil {
		return
	}
	if j.plan == nil {
		l.bad--
	}
	l.queue.remove(j)
	delete(l.jobs, id)
}

func clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
