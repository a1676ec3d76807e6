package beat

import "log/slog"

// trouble reports that something went wrong once, and once more when it works again, however often it is tried.
// One goroutine uses it.
type trouble struct {
	log  *slog.Logger
	what string // "store" or "broker"
	on   bool
}

func (t *trouble) failed(doing string, err error) {
	if t.on {
		t.log.Debug("still in trouble", "with", t.what, "doing", doing, "error", err)
		return
	}
	t.on = true
	t.log.Error("trouble, will keep trying", "with", t.what, "doing", doing, "error", err)
}

func (t *trouble) worked() {
	if t.on {
		t.on = false
		t.log.Info("works again", "with", t.what)
	}
}
