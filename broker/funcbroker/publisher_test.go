package funcbroker_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/funcbroker"
	"github.com/gobeat/gobeat/broker/message"
)

var _ beat.Publisher = funcbroker.Publisher(nil)

func TestPublisher(t *testing.T) {
	t.Parallel()
	var handled []string
	p := funcbroker.Publisher(func(_ context.Context, m message.Envelope) error {
		handled = append(handled, string(m.Body))
		if string(m.Body) == "bad" {
			return errors.New("no such task")
		}
		return nil
	})
	batch := message.Batch{
		ID:       uuid.New(),
		Messages: []message.Envelope{{Body: []byte("one")}, {Body: []byte("sent before")}, {Body: []byte("bad")}},
		Skip:     []bool{false, true, false},
	}
	got, err := p.Publish(t.Context(), batch)
	want := []message.Outcome{{State: message.Confirmed}, {}, {State: message.Refused, Reason: "no such task"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("outcomes %v, %v, want %v", got, err, want)
	}
	if !slices.Equal(handled, []string{"one", "bad"}) {
		t.Errorf("handled %q", handled)
	}
	known, err := p.Lookup(t.Context(), batch.ID, 3)
	if err != nil || !slices.Equal(known, make([]message.Outcome, 3)) {
		t.Errorf("known %v, %v, want nothing", known, err)
	}
}
