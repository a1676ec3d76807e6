package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

var openingCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"O1 preparing twice is harmless", prepareTwice},
	{"O1 features are sane", features},
	{"O2 check mode names the command and writes nothing", checkOnly},
	{"O3 names that cannot be used are refused before anything is sent", invalidNames},
	{"O4 namespaces do not see each other", namespacesApart},
	{"O5 a wrong server: the error names the thing, not the secret", wrongServers},
	{"O6 close twice, and use after close", closed},
	{"O7 a cancelled context", cancelled},
	{"O8 a connection cut at each answer: edits", cutEdits},
	{"O8 a connection cut at each answer: claims", cutClaims},
	{"O8 a connection cut at each answer: reads", cutReads},
	{"O9 no connection is left after close", noConnectionsLeft},
	{"O10 a server that forgot its scripts", forgotten},
	{"O10 a server that is replaced by its replica", failedOver},
	{"O11 a server that is killed and started again under load", restarted},
}

func prepareTwice(e *env) {
	e.add("one")
	for _, mode := range []beat.PrepareMode{beat.PrepareCreate, beat.PrepareCheck} {
		e.noErr(e.b.Prepare(e.ctx, mode))
	}
	e.equal("entries", names(e.all(e.b, 10)), []string{"one"})
}

// calls are all methods that can fail, without effect on success being looked at.
func calls(ctx context.Context, s Store) map[string]error {
	got := map[string]error{}
	_, _, got["Load"] = s.Load(ctx, "", 1)
	_, got["Lookup"] = s.Lookup(ctx, "1")
	_, got["Latest"] = s.Latest(ctx)
	_, _, _, got["Since"] = s.Since(ctx, beat.Version{})
	_, got["Get"] = s.Get(ctx, []beat.EntryID{"1"})
	_, got["History"] = s.History(ctx, "1", time.Now(), 1)
	_, got["Acquire"] = s.Acquire(ctx, 0, holder("x"), forever, 0)
	_, got["Renew"] = s.Renew(ctx, beat.Lease{}, forever)
	got["Release"] = s.Release(ctx, beat.Lease{})
	_, got["Leader"] = s.Leader(ctx, 0)
	_, got["Claim"] = s.Claim(ctx, beat.Lease{}, beat.Batch{ID: newID(), Decisions: []beat.Decision{{ID: "1"}}})
	got["Settle"] = s.Settle(ctx, beat.Lease{}, []beat.Settlement{{Batch: newID()}})
	_, got["Unsettled"] = s.Unsettled(ctx, beat.Lease{})
	_, got["Settled"] = s.Settled(ctx, beat.Lease{}, time.Minute)
	_, got["Muster"] = s.Muster(ctx, beat.Member{Holder: uuid.New()}, time.Minute)
	got["Leave"] = s.Leave(ctx, uuid.New())
	got["Prepare"] = s.Prepare(ctx, beat.PrepareCheck)
	_, got["Now"] = s.Now(ctx)
	_, got["Add"] = s.Add(ctx, task("x"))
	_, got["Update"] = s.Update(ctx, beat.Entry{ID: "1"})
	got["SetEnabled"] = s.SetEnabled(ctx, "1", true)
	got["Delete"] = s.Delete(ctx, "1")
	got["Purge"] = s.Purge(ctx)
	_, _, got["List"] = s.List(ctx, beat.Filter{}, "", 1)
	callOptional(ctx, s, got)
	return got
}

// callOptional adds the methods of the optional ports that a store offers.
func callOptional(ctx context.Context, s Store, got map[string]error) {
	f := s.Features()
	if a, ok := s.(beat.Agenda); ok && f.Agenda {
		_, got["Due"] = a.Due(ctx, time.Now(), 1)
		_, _, got["NextRun"] = a.NextRun(ctx)
	}
	if l, ok := s.(beat.Ledger); ok && f.Ledger {
		_, _, got["LastExecution"] = l.LastExecution(ctx)
		got["Put"] = l.Put(ctx, []beat.Cursor{{ID: "1", DecidedTo: time.Now()}})
	}
	if i, ok := s.(beat.Inventory); ok && f.Inventory {
		_, got["Stored"] = i.Stored(ctx)
	}
	if u, ok := s.(beat.Upserter); ok && f.Upserts {
		_, got["Upsert"] = u.Upsert(ctx, task("x"), beat.UpsertKeep)
		got["SetActive"] = u.SetActive(ctx, "1", true)
	}
	if r, ok := s.(beat.Ranger); ok && f.Ranges {
		_, got["Edge"] = r.Edge(ctx, "", 1)
		got["Range"] = r.Range(ctx, "", "", func(*beat.Entry) {})
	}
	if x, ok := s.(beat.Extender); ok && f.Extends {
		_, got["Extend"] = x.Extend(ctx, beat.Lease{}, newID(), time.Now())
	}
}

func closed(e *env) {
	e.noErr(e.a.Close())
	e.noErr(e.a.Close())
	for name, err := range calls(e.ctx, e.a) {
		if !errors.Is(err, beat.ErrClosed) {
			e.Errorf("%s after Close = %v, want ErrClosed", name, err)
		}
	}
	if _, err := e.b.Latest(e.ctx); err != nil {
		e.Errorf("the other handle: %v", err)
	}
}

func cancelled(e *env) {
	e.add("one")
	ctx, cancel := withCancel(e.ctx)
	cancel()
	for name, err := range calls(ctx, e.a) {
		if !errors.Is(err, context.Canceled) {
			e.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	e.equal("entries", names(e.all(e.b, 10)), []string{"one"})
}

func features(e *env) {
	f := e.a.Features()
	if f.Name == "" || f.Source == "" || f.MaxBatch < 1 {
		e.Errorf("features %+v", f)
	}
	if _, err := e.a.Now(e.ctx); f.Clock != (err == nil) {
		e.Errorf("Now = %v, features say clock %v", err, f.Clock)
	}
}
