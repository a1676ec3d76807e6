// Package listeners runs the goroutines by which stores hear of changes.
package listeners

import (
	"context"
	"sync"
	"time"
)

// Group is all who listen for a store. It is safe for concurrent use, and made by New.
type Group struct {
	stop   context.Context //nolint:containedctx // ends them when the store is closed
	cancel context.CancelFunc
	group  sync.WaitGroup
}

// New returns a group of nobody.
func New() *Group {
	g := &Group{}
	g.stop, g.cancel = context.WithCancel(context.Background())
	return g
}

// Hints returns a channel that receives a value after each call of hint, or one for several, and is closed when ctx or the
// group ends. It runs listen in a goroutine, with a context that ends then.
func (g *Group) Hints(ctx context.Context, listen func(ctx context.Context, hint func())) <-chan struct{} {
	ch := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(ctx)
	unlink := context.AfterFunc(g.stop, cancel) //nolint:contextcheck // the store ends it too
	g.group.Go(func() {
		defer close(ch)
		defer cancel()
		defer unlink()
		listen(ctx, func() {
			select {
			case ch <- struct{}{}:
			default: // one is waiting already
			}
		})
		<-ctx.Done()
	})
	return ch
}

// Again listens anew, after a pause, whenever listen has returned. It is for Hints.
func Again(pause time.Duration, listen func(ctx context.Context, hint func())) func(ctx context.Context, hint func()) {
	return func(ctx context.Context, hint func()) {
		for ctx.Err() == nil {
			listen(ctx, hint)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

// Go runs f, which must return soon after Done is closed.
func (g *Group) Go(f func()) { g.group.Go(f) }

// Done is closed when the group ends.
func (g *Group) Done() <-chan struct{} { return g.stop.Done() }

// Close ends the group and waits for everybody in it. It may be called more than once.
func (g *Group) Close() {
	g.cancel()
	g.group.Wait()
}
