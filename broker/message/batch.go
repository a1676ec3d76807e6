package message

import "github.com/google/uuid"

// Batch is a number of messages that were claimed together. A batch that is published again is made of the same
// messages in the same order under the same ID, so that a broker with a memory can recognise it.
type Batch struct {
	ID       uuid.UUID
	Messages []Envelope

	// Skip marks messages whose fate is known from an earlier attempt; they keep their place and are not sent. It
	// is empty or as long as Messages.
	Skip []bool
}

// Skipped tells whether message i is not to be sent.
func (b *Batch) Skipped(i int) bool { return i < len(b.Skip) && b.Skip[i] }

// Fence identifies a leader to a broker. The zero Fence means a publisher that leads nothing, such as a manual run.
type Fence struct {
	Deployment string    // beats that share it take turns; others do not see it
	Shard      int       // 0 unless the work is spread over several leaders
	Epoch      int64     // rises with every leader
	Nonce      uuid.UUID // tells two holders of one epoch apart
}

// SkippedOutcome is what a publisher notes of a message that it was told to skip; its caller knows better.
func SkippedOutcome() Outcome {
	return Outcome{State: Refused, Reason: "its fate was known before"}
}

// State says what became of a message.
type State uint8

// States of a message, as far as its publisher knows.
const (
	Unknown   State = iota // sent or not: the broker did not answer
	Confirmed              // the broker has taken responsibility
	Returned               // no queue takes it; final
	Refused                // the broker does not accept it (missing exchange, other type, too large); final
	Rejected               // the broker could not take it now (nack); worth another attempt
)

// String returns the state in lower case, as it stands in logs and in the ledger.
func (s State) String() string {
	switch s {
	case Confirmed:
		return "confirmed"
	case Returned:
		return "returned"
	case Refused:
		return "refused"
	case Rejected:
		return "rejected"
	case Unknown:
		return "unknown"
	}
	return "invalid"
}

// Outcome is the state of one message of a batch with the broker's reason.
type Outcome struct {
	State  State
	Reason string
}
