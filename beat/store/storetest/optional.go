package storetest

import "github.com/gobeat/gobeat/beat"

// needs skips the test when the store says that it does not have what the test is about.
func (e *env) needs(feature string, has bool) {
	e.Helper()
	if !has {
		e.Skipf("%s is not offered by %s", feature, e.a.Features().Name)
	}
}

// port returns a store as an optional port that its features promise.
func port[P any](e *env, s Store, feature string, has bool) P {
	e.Helper()
	e.needs(feature, has)
	p, ok := s.(P)
	if !ok {
		e.Fatalf("Features.%s is set, and the store has no such methods", feature)
	}
	return p
}

func (e *env) agenda(s Store) beat.Agenda {
	e.Helper()
	return port[beat.Agenda](e, s, "Agenda", s.Features().Agenda)
}

func (e *env) ledger(s Store) beat.Ledger {
	e.Helper()
	return port[beat.Ledger](e, s, "Ledger", s.Features().Ledger)
}

func (e *env) inventory(s Store) beat.Inventory {
	e.Helper()
	return port[beat.Inventory](e, s, "Inventory", s.Features().Inventory)
}

func (e *env) upserter(s Store) beat.Upserter {
	e.Helper()
	return port[beat.Upserter](e, s, "Upserts", s.Features().Upserts)
}

func (e *env) ranger(s Store) beat.Ranger {
	e.Helper()
	return port[beat.Ranger](e, s, "Ranges", s.Features().Ranges)
}

func (e *env) extender(s Store) beat.Extender {
	e.Helper()
	return port[beat.Extender](e, s, "Extends", s.Features().Extends)
}
