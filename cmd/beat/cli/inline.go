package cli

import (
	"context"
	"errors"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// openInLine opens the store and brings its tasks in line with beat_schedule.
func (d *daemon) openInLine(ctx context.Context, cfg config.Config) (Store, error) {
	st, err := d.app.openStore(ctx, cfg, d.log.Logger)
	if err != nil {
		return nil, err
	}
	if err := d.bringInLine(ctx, cfg, st); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// bringInLine does what beat apply does, and says so in the log.
func (d *daemon) bringInLine(ctx context.Context, cfg config.Config, st Store) error {
	list, ok, err := d.app.scheduleList(cfg)
	if err != nil || !ok {
		return err
	}
	if !cfg.Beat.ApplyAtStart {
		d.log.Info("beat_schedule is not applied, as apply_at_start says; beat apply does it")
		return nil
	}
	err = bringInLine(ctx, &list, st, d.tell)
	if errors.Is(err, errNoOwners) {
		d.log.Warn("beat_schedule is not applied", "error", err)
		return nil
	}
	return err
}

// tell logs what was done about a task.
func (d *daemon) tell(s *reconcile.Step, e beat.Entry) {
	log := d.log.With("name", s.Name, "task", e.Task)
	switch s.Action {
	case reconcile.Create:
		log.Info("task created from beat_schedule")
	case reconcile.Change:
		log.Info("task changed to what beat_schedule says", "fields", fieldsOf(s.Changes))
	case reconcile.Disable:
		log.Info("task switched off, it has gone from beat_schedule")
	default:
		log.Warn("entry of beat_schedule is passed over", "reason", s.Problem)
	}
}

func fieldsOf(changes []reconcile.Difference) []string {
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = c.Field
	}
	return out
}
