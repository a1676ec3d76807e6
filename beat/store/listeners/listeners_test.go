package listeners_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

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
		g.Close()
		<-ended
		g.Close()
		for range other {
		}
		for range given {
		}
		for range g.Hints(t.Context(), listen) { // nobody listens to a closed store
		}
	})
}

// Whoever loses its connection listens anew, but not at once.
func TestAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := listeners.New()
		begin := time.Now()
		hints := g.Hints(t.Context(), listeners.Again(time.Minute, func(_ context.Context, hint func()) { hint() }))
		for n := range 3 {
			<-hints
			if got, want := time.Since(begin), time.Duration(n)*time.Minute; got != want {
				t.Errorf("listened for the %d. time after %v, want %v", n+1, got, want)
			}
		}
		g.Close()
		for range hints { // it ends
		}
	})
}
