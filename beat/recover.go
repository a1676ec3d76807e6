package beat

import (
	"context"
	"errors"
	"fmt"
)

// recover finishes the batches that former leaders claimed and did not settle: it asks the broker what it has of
// them, publishes the rest under the same ids, and settles.
func (b *Beat) recover(ctx context.Context, lease Lease, lose context.CancelCauseFunc) error {
	open, err := b.unsettled(ctx, lease)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return nil
	}
	b.log.Info("finishing batches of a former leader", "batches", len(open))
	stage := b.publishStage(lose)
	for i := range open {
		o, err := b.reconstruct(ctx, &open[i])
		if err != nil {
			return fmt.Errorf("read entries of batch %s: %w", open[i].ID, err)
		}
		done, ok := stage.send(ctx, o)
		if !ok {
			return context.Cause(ctx)
		}
		if err := b.cfg.Store.Settle(ctx, lease, []Settlement{done}); err != nil {
			return fmt.Errorf("settle batch %s: %w", open[i].ID, err)
		}
	}
	return nil
}

func (b *Beat) unsettled(ctx context.Context, lease Lease) ([]OpenBatch, error) {
	trouble := b.trouble(withStore)
	wait := newBackoff()
	for {
		open, err := b.cfg.Store.Unsettled(ctx, lease)
		if err == nil {
			trouble.worked()
			return open, nil
		}
		trouble.failed("read unsettled batches", err)
		if !wait.wait(ctx) {
			return nil, context.Cause(ctx)
		}
	}
}

// reconstruct makes the order of a batch from the rows as they are now. Runs keep their places, by which the broker
// may know them.
func (b *Beat) reconstruct(ctx context.Context, open *OpenBatch) (order, error) {
	known, err := b.cfg.Publisher.Lookup(ctx, open.ID, len(open.Runs))
	if err != nil {
		return order{}, err
	}
	o := order{batch: open.ID, epoch: open.Epoch, attempt: 2, known: known}
	for _, r := range open.Runs {
		p, err := b.replan(ctx, r)
		if err != nil {
			return order{}, err
		}
		o.runs = append(o.runs, p)
	}
	return o, nil
}

// replan returns a run with the plan of its entry, or with the reason why there is none.
func (b *Beat) replan(ctx context.Context, r Run) (planned, error) {
	none := planned{plan: &Plan{ID: r.ID, Name: string(r.ID)}, run: r}
	e, err := b.cfg.Store.Lookup(ctx, r.ID)
	if errors.Is(err, ErrNotFound) {
		none.problem = "its row was deleted before it could be sent"
		return none, nil
	}
	if err != nil {
		return none, err
	}
	plan, bad := b.cfg.Compiler.Plan(&e)
	if bad != nil {
		none.plan.Name, none.problem = e.Name, "its row became unusable before it could be sent: "+bad.Reason()
		return none, nil
	}
	return planned{plan: plan, run: r}, nil
}
