package gormstore

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bounds of the pause before the listener connects again.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
)

func (p *postgres) hints() func(ctx context.Context, hint func()) { return p.listen }

// listen waits for notifications on a connection of its own, and connects again when that breaks. Each connection
// begins with a hint, since something may have been missed before.
func (p *postgres) listen(ctx context.Context, hint func()) {
	pause := leastPause
	for ctx.Err() == nil {
		began := time.Now()
		err := p.listenOnce(ctx, hint)
		if ctx.Err() != nil {
			return
		}
		p.cfg.Logger.DebugContext(ctx, "listening for changes was interrupted", "error", err)
		if time.Since(began) > mostPause {
			pause = leastPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)): //nolint:gosec // jitter needs no secrets
		}
		pause = min(2*pause, mostPause)
	}
}

func (p *postgres) listenOnce(ctx context.Context, hint func()) error {
	conn, err := pgx.ConnectConfig(ctx, p.conn.Copy())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "listen "+pgx.Identifier{p.cfg.Prefix + "beat_change"}.Sanitize()); err != nil {
		return err
	}
	for {
		hint()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}
