package amqp

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// A marker says what of the last batches is surely in the broker's hands. It is a message that follows them on the same
// channel, so it exists at the broker only if the broker has processed all that it speaks of. What one marker says stays
// true, so an old one does no harm.
type marker struct {
	Version int      `json:"v"`
	Epoch   int64    `json:"e"`       // of the leader that wrote it
	Batches []marked `json:"batches"` // the oldest first
}

// marked is what a marker says of one batch.
type marked struct {
	ID   uuid.UUID `json:"id"`
	Size int       `json:"n"`
	Runs []run     `json:"runs"` // in order; of what follows the last one nothing is known
}

// A run is a number of messages in a row with the same fate. Unknown stands for whatever must be sent again.
type run struct {
	Count  int    `json:"n"`
	State  string `json:"s"`
	Reason string `json:"r,omitempty"`
}

const (
	markerVersion = 1
	markedBatches = 16  // more than can be unsettled at a time
	markedRuns    = 256 // of one batch; of the rest nothing is said
	markedReason  = 200 // bytes of a reason
	maxMarker     = 1 << 20
	maxMarkedSize = 1 << 20
	maxEpoch      = 1 << 53 // the next one must be possible
)

// errMarker means that a message in the queue of markers is none.
var errMarker = errors.New("is no marker of this version")

// parseMarker reads the body of a marker, which may come from anybody.
func parseMarker(body []byte) (marker, error) {
	var m marker
	if len(body) > maxMarker {
		return m, fmt.Errorf("%w: %d bytes are too many", errMarker, len(body))
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("%w: %w", errMarker, err)
	}
	if m.Version != markerVersion || len(m.Batches) > markedBatches {
		return m, fmt.Errorf("%w: version %d, %d batches", errMarker, m.Version, len(m.Batches))
	}
	if m.Epoch < 0 || m.Epoch > maxEpoch {
		return m, fmt.Errorf("%w: epoch %d", errMarker, m.Epoch)
	}
	for i := range m.Batches {
		b := &m.Batches[i]
		total := 0
		for _, r := range b.Runs {
			if r.Count < 1 || r.Count > b.Size-total || b.Size > maxMarkedSize {
				return m, fmt.Errorf("%w: batch %s has runs that do not fit its size %d", errMarker, b.ID, b.Size)
			}
			total += r.Count
		}
	}
	return m, nil
}

// encode returns the body of a marker.
func (m marker) encode() ([]byte, error) {
	m.Version = markerVersion
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode marker: %w", err)
	}
	return body, nil
}

// outcome returns what a run says of each of its messages; not ok when it says nothing that is final.
func (r run) outcome() (o message.Outcome, ok bool) {
	for _, s := range [...]message.State{message.Confirmed, message.Returned, message.Refused} {
		if r.State == s.String() {
			return message.Outcome{State: s, Reason: r.Reason}, true
		}
	}
	return message.Outcome{}, false
}

// addRun appends one message to runs.
func addRun(runs []run, o message.Outcome) []run {
	if o.State == message.Rejected {
		o = message.Outcome{} // it is to be sent again
	}
	r := run{Count: 1, State: o.State.String(), Reason: o.Reason}
	if len(r.Reason) > markedReason {
		r.Reason = r.Reason[:markedReason]
	}
	if n := len(runs) - 1; n >= 0 && runs[n].State == r.State && runs[n].Reason == r.Reason {
		runs[n].Count++
		return runs
	}
	return append(runs, r)
}
