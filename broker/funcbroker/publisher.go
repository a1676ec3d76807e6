// Package funcbroker hands messages to a function: the smallest broker of one's own, for programs that embed the
// scheduler.
package funcbroker

import (
	"context"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Publisher calls itself with each message, one after the other; an error refuses that message alone. It knows no fence
// and remembers nothing, so what a process had in hand when it died is handed over again by the next one. It is safe for
// concurrent use if the function is.
type Publisher func(ctx context.Context, m message.Envelope) error

// TakeOver accepts every leader.
func (Publisher) TakeOver(context.Context, message.Fence) error { return nil }

// Publish calls the function with each message that is not to be skipped.
func (p Publisher) Publish(ctx context.Context, batch message.Batch) ([]message.Outcome, error) {
	outcomes := make([]message.Outcome, len(batch.Messages))
	for i, m := range batch.Messages {
		if batch.Skipped(i) {
			continue
		}
		outcomes[i].State = message.Confirmed
		if err := p(ctx, m); err != nil {
			outcomes[i] = message.Outcome{State: message.Refused, Reason: err.Error()}
		}
	}
	return outcomes, nil
}

// Lookup remembers nothing: every outcome is Unknown.
func (Publisher) Lookup(_ context.Context, _ uuid.UUID, n int) ([]message.Outcome, error) {
	return make([]message.Outcome, n), nil
}

// Check finds nothing wrong.
func (Publisher) Check(context.Context) error { return nil }

// Close has nothing to close.
func (Publisher) Close() error { return nil }
