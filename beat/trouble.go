package beat

import (
	"log/slog"
	"sync"
)

// trouble reports that something went wrong once, and once more when it works again, however often it is tried.
// It is safe for concurrent use.
type trouble struct {
	log    *slog.Logger
	status *status
	what   string // "store" or "broker"

	mu   sync.Mutex
	last string // what went wrong; "" when it works
}

func (s *seat) trouble(with string) *trouble {
	return &trouble{log: s.log, status: s.status, what: with}
}

func (t *trouble) failed(doing string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := t.last == ""
	t.note(doing + ": " + err.Error())
	if first {
		t.log.Error("trouble, will keep trying", "with", t.what, "doing", doing, "error", err)
	} else {
		t.log.Debug("still in trouble", "with", t.what, "doing", doing, "error", err)
	}
}

func (t *trouble) worked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last != "" {
		t.note("")
		t.log.Info("works again", "with", t.what)
	}
}

// note puts the trouble into the status, or takes it out unless it is meanwhile another's. The caller holds the mutex.
func (t *trouble) note(text string) {
	t.status.update(func(h *Health) {
		shown := &h.Broker
		if t.what == withStore {
			shown = &h.Store
		}
		if text != "" || *shown == t.last {
			*shown = text
		}
	})
	t.last = text
}

// What a beat can be in trouble with.
const (
	withStore  = "store"
	withBroker = "broker"
)
