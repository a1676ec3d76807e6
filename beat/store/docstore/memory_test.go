package docstore_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// sweepEvery is how often the memory is looked through for what others wrote.
const sweepEvery = 10 * time.Minute

// memory is a database in memory.
type memory struct {
	*enginetest.Memory
	*documents
}

type documents struct {
	mu    sync.Mutex
	byID  map[string]docstore.Document
	fails func(op string) error // may be nil
}

var _ docstore.Database = memory{}

func newMemory() memory {
	return memory{&enginetest.Memory{}, &documents{byID: map[string]docstore.Document{}}}
}

func (m memory) Prepare(context.Context, beat.PrepareMode) error { return nil }
func (m memory) Name() string                                    { return "memory" }
func (m memory) Check(docstore.Document) error                   { return nil }
func (m memory) HasClock() bool                                  { return !m.Clockless }
func (m memory) SweepEvery() time.Duration                       { return sweepEvery }
func (m memory) Close() error                                    { return nil }

func (d *documents) begin(op string) (end func(), err error) {
	if d.fails != nil {
		if err := d.fails(op); err != nil {
			return nil, err
		}
	}
	d.mu.Lock()
	return d.mu.Unlock, nil
}

func (d *documents) Get(_ context.Context, ids []string) ([]docstore.Document, error) {
	end, err := d.begin("get")
	if err != nil {
		return nil, err
	}
	defer end()
	var found []docstore.Document
	for _, id := range ids {
		if doc, there := d.byID[id]; there {
			found = append(found, doc)
		}
	}
	return found, nil
}

func (d *documents) Page(_ context.Context, from string, limit int) ([]docstore.Document, error) {
	end, err := d.begin("page")
	if err != nil {
		return nil, err
	}
	defer end()
	var found []docstore.Document
	for id, doc := range d.byID {
		if id >= from {
			found = append(found, doc)
		}
	}
	slices.SortFunc(found, func(a, b docstore.Document) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], nil
}

func (d *documents) Named(_ context.Context, name string) ([]docstore.Document, error) {
	end, err := d.begin("named")
	if err != nil {
		return nil, err
	}
	defer end()
	for _, doc := range d.byID {
		if doc.Name == name {
			return []docstore.Document{doc}, nil
		}
	}
	return nil, nil
}

func (d *documents) taken(name, but string) bool {
	for id, doc := range d.byID {
		if doc.Name == name && id != but {
			return true
		}
	}
	return false
}

func (d *documents) Create(_ context.Context, doc docstore.Document) error {
	end, err := d.begin("create")
	if err != nil {
		return err
	}
	defer end()
	if d.taken(doc.Name, "") {
		return beat.ErrExists
	}
	d.byID[doc.ID] = doc
	return nil
}

func (d *documents) Replace(_ context.Context, old, doc docstore.Document) error {
	end, err := d.begin("replace")
	if err != nil {
		return err
	}
	defer end()
	if stored, there := d.byID[old.ID]; !there || stored.Version != old.Version {
		return beat.ErrConflict
	}
	if d.taken(doc.Name, doc.ID) {
		return beat.ErrExists
	}
	d.byID[doc.ID] = doc
	return nil
}

func (d *documents) Delete(_ context.Context, doc docstore.Document) error {
	end, err := d.begin("delete")
	if err != nil {
		return err
	}
	defer end()
	if stored, there := d.byID[doc.ID]; !there || stored.Version != doc.Version {
		return beat.ErrConflict
	}
	delete(d.byID, doc.ID)
	return nil
}
