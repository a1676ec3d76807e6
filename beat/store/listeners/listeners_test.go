package listeners_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"

	"github.com/gobeat/gobeat/beat/store/listeners"
)

func TestHints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := listeners.New()
		ctx, cancel := context.WithCancel(t.Context())
		more := make(chan int)
		listen := func(ctx context.Context, hint func()) {
			for {
				select {
				case n := <-more:
					for range n {
						hint()
					}
				case <-ctx.Done():
					return
				}
			}
		}
		mine := g.Hints(ctx, listen)
		more <- 3
		synctest.Wait()
		if len(mine) != 1 {
			t.Errorf("%d hints wait, want one for three", len(mine))
		}
		<-mine
		cancel()
		if _, open := <-mine; open {
			t.Error("the channel is open after its context has ended")
		}

		other := g.Hints(t.Context(), listen)
		given := g.Hints(t.Context(), func(context.Context, func()) {}) // gives up at once
		ended := make(chan struct{})
		g.Go(func() { <-g.Done(); close(ended) })
		synctest.Wait()
		select {
		case <-other:
			t.Error("a hint, or the end, before anything happened")
		case <-given:
			t.Error("whoever listens no more ends before the others")
		default:
		}
		g.Close(io.EOF)
		<-ended
		g.Close(io.EOF)
		for range other {
		}
		for range given {
		}
		for range g.Hints(t.Context(), listen) { // nobody listens to a closed store
		}
	})
}
