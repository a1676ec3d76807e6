package beat

import (
	"context"
	"errors"
	"fmt"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// recover finishes the batches that former leaders claimed and did not settle: it asks the broker what it has of
// them, publishes the rest under the same ids, and settles.
func (s *seat) recover(ctx context.Context, lease Lease, lose context.CancelCauseFunc) error {
	var open []OpenBatch
	err := s.persist(ctx, "read unsettled batches", func(ctx context.Context) (err error) {
		open, err = s.cfg.Store.Unsettled(ctx, lease)
		return err
	})
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return nil
	}
	s.log.Info("finishing batches of a former leader", "batches", len(open))
	stage := s.publishStage(lose)
	for i := range open {
		o, err := s.reconstruct(ctx, &open[i])
		if err != nil {
			return fmt.Errorf("read entries of batch %s: %w", open[i].ID, err)
		}
		done, ok := stage.send(ctx, o)
		if !ok {
			return context.Cause(ctx)
		}
		failpoint.Reach("recover.half")
		if err := s.cfg.Store.Settle(ctx, lease, []Settlement{done}); err != nil {
			return fmt.Errorf("settle batch %s: %w", open[i].ID, err)
		}
	}
	return nil
}

// persist asks the store until it answers, or says that another beat leads.
func (s *seat) persist(ctx context.Context, doing string, ask func(context.Context) error) error {
	trouble := s.trouble(withStore)
	wait := newBackoff()
	for {
		err := ask(ctx)
		if err == nil {
			trouble.worked()
			return nil
		}
		if errors.Is(err, ErrFenced) {
			return err
		}
		trouble.failed(doing, err)
		if !wait.wait(ctx) {
			return context.Cause(ctx)
		}
	}
}

// reconstruct makes the order of an unsettled batch.
func (s *seat) reconstruct(ctx context.Context, open *OpenBatch) (order, error) {
	known, err := s.pub.Lookup(ctx, open.ID, len(open.Runs))
	if err != nil {
		return order{}, err
	}
	return s.order(ctx, open, known)
}

// order makes the order of a batch from the messages that were kept with it and the rows as they are now. Runs keep
// their places, by which the broker may know them.
func (s *seat) order(ctx context.Context, b *OpenBatch, known []message.Outcome) (order, error) {
	kept, err := unpack(b.Payload)
	if err != nil {
		s.log.Error("the messages that were kept with a batch cannot be read, the rows stand in", "batch", b.ID, "error", err)
	}
	o := order{batch: b.ID, epoch: b.Epoch, attempt: 2, known: known, runs: make([]planned, len(b.Runs))}
	fill := func(ctx context.Context, i int) error {
		r := b.Runs[i]
		if k := kept[r.ID]; k != nil {
			o.runs[i] = planned{
				plan:    &Plan{ID: r.ID, Name: k.Name, limits: &limits{}, terms: &terms{task: message.Task{Name: k.Task}, Delivery: k.Delivery}},
				message: &k.Message, run: r,
			}
			return nil
		}
		p, err := s.replan(ctx, r)
		o.runs[i] = p
		return err
	}
	err = share(ctx, min(mostLookups, 1+len(b.Runs)/lookupsEach), fill, func(ctx context.Context, places chan<- int) error {
		for i := range b.Runs {
			select {
			case places <- i:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	if err != nil {
		return order{}, err
	}
	return o, nil
}

// Rows of a batch are looked up by one goroutine for so many of them, so that a store that takes long to answer does not
// take longer than the lease for all.
const (
	mostLookups = 8
	lookupsEach = 50
)

// replan returns a run with the plan of its entry, or with the reason why there is none.
func (s *seat) replan(ctx context.Context, r Run) (planned, error) {
	none := planned{plan: &Plan{ID: r.ID, Name: string(r.ID), limits: &limits{}, terms: &terms{}}, run: r}
	e, err := s.cfg.Store.Lookup(ctx, r.ID)
	if errors.Is(err, ErrNotFound) {
		none.problem = "its row was deleted before it could be sent"
		return none, nil
	}
	if err != nil {
		return none, err
	}
	plan, bad := s.cfg.Compiler.Plan(&e)
	if bad != nil {
		none.plan.Name, none.problem = e.Name, "its row became unusable before it could be sent: "+bad.Reason()
		return none, nil
	}
	return planned{plan: plan, run: r}, nil
}
