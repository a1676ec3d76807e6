package beat

import (
	"context"
	"fmt"
	"time"
)

const watchPeriod = time.Second

// watch logs when the beat becomes unhealthy or well again, until ctx ends. It shares nothing with the loop that could
// block both.
func (b *Beat) watch(ctx context.Context, stop context.CancelCauseFunc) {
	was := ""
	for sleep(ctx, watchPeriod) {
		health := b.Health()
		problem := health.Problem(b.cfg.Clock(), b.cfg.UnhealthyAfter)
		switch {
		case problem != "" && was == "":
			b.cfg.Logger.Error("unhealthy", "state", string(health.State), "problem", problem)
			if b.cfg.ExitUnhealthy {
				stop(fmt.Errorf("%w: %s", ErrUnhealthy, problem))
			}
		case problem == "" && was != "":
			b.cfg.Logger.Info("healthy again", "state", string(health.State))
		}
		was = problem
	}
}
