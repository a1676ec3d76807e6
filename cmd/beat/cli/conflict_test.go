package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// racingStore lets somebody else change the row before each of the first updates.
type racingStore struct {
	Store
	races int
}

func (s *racingStore) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if s.races > 0 {
		s.races--
		other, err := s.Lookup(ctx, e.ID)
		if err != nil {
			return beat.Entry{}, err
		}
		other.Queue += "x"
		if _, err := s.Store.Update(ctx, other); err != nil {
			return beat.Entry{}, err
		}
	}
	return s.Store.Update(ctx, e)
}

func TestEditConflict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		races int
		want  error
		queue string
	}{
		{"none", 0, nil, ""},
		{"some", editAttempts - 1, nil, "xxxx"},
		{"always", editAttempts, beat.ErrConflict, "xxxxx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &racingStore{Store: memstore.New(), races: tt.races}
			if _, err := store.Add(t.Context(), hourly("x")); err != nil {
				t.Fatal(err)
			}
			s := newTestSession(t, store)
			c := &editCommand{name: "x"}
			set := pflag.NewFlagSet("edit", pflag.ContinueOnError)
			c.flags.register(set, taskFlags(), editFlags(), ownFlags())
			if err := set.Parse([]string{"--task", "changed"}); err != nil {
				t.Fatal(err)
			}
			v, err := c.edit(t.Context(), s)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if tt.want == nil && (v.Task != "changed" || v.Queue != tt.queue) {
				t.Errorf("task %q and queue %q, want changed and %q", v.Task, v.Queue, tt.queue)
			}
		})
	}
}
