package memstore_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// The store works in a bubble: its time is the bubble's, and nothing outlives the context.
func TestInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		ctx, cancel := context.WithCancel(t.Context())
		hints := s.Hints(ctx)
		if _, err := s.Add(ctx, beat.Entry{Name: "one"}); err != nil {
			t.Fatal(err)
		}
		<-hints
		l, err := s.Acquire(ctx, 0, beat.Holder{ID: uuid.New(), Name: "a"}, time.Minute, 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if st, err := s.Leader(ctx, 0); err != nil || st.Held || st.Epoch != l.Epoch {
			t.Errorf("leader after a minute: %+v, %v, want it expired", st, err)
		}
		cancel()
		if _, open := <-hints; open {
			t.Error("the channel gives a hint after the end of its context")
		}
	})
}
