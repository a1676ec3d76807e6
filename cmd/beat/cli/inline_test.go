package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// withoutOwners is a store over tables that have no place for owners.
type withoutOwners struct{ Store }

func (s withoutOwners) Features() beat.Features {
	f := s.Store.Features()
	f.Owners = false
	return f
}

func TestTablesWithoutOwners(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.Sources{Flags: map[string]config.Flag{
		"beat_schedule": {Name: "--x", Value: `{"a": {"task": "x", "schedule": 5}}`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	store := withoutOwners{memstore.New()}
	for _, apply := range []bool{false, true} {
		list := reconcile.List{Owner: scheduleOwner}
		c := &planCommand{apply: apply}
		if err := c.steps(t.Context(), &list, store, nil); !errors.Is(err, errNoOwners) {
			t.Errorf("apply %v: %v", apply, err)
		}
	}
	var errs bytes.Buffer
	a := &App{Err: &errs}
	log, err := a.openJournal(cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{app: a, log: log}
	if err := d.bringInLine(t.Context(), cfg, store); err != nil || !strings.Contains(errs.String(), "beat_schedule is not applied") {
		t.Errorf("start: %v, %s", err, errs.String())
	}
	if page, _, err := store.List(t.Context(), beat.Filter{}, "", 1); err != nil || len(page) > 0 {
		t.Errorf("%d tasks were made, %v", len(page), err)
	}
}
