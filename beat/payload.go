package beat

import (
	"bytes"
	"compress/flate"
	"encoding/gob"
	"fmt"
	"io"

	"github.com/gobeat/gobeat/broker/message"
)

// mostEnding is how many runs in one claim may be the last ones of their entries: their messages go with the claim.
const mostEnding = 200

// mostPayload is how large messages of a claim may be when they are read back.
const mostPayload = 256 << 20

// parcelled is the message of a run whose entry ends with it. It is kept with the claim, so that it can be sent as it
// was then, whatever becomes of the row.
type parcelled struct {
	ID       EntryID
	Name     string
	Task     string
	Delivery Delivery
	Message  message.Envelope
}

// pack writes messages as they stand in Batch.Payload. It returns nil for none.
func pack(list []parcelled) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("pack messages: %w", err)
	}
	if err := gob.NewEncoder(z).Encode(list); err != nil {
		return nil, fmt.Errorf("pack messages: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack messages: %w", err)
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote, by entry.
func unpack(payload []byte) (map[EntryID]*parcelled, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	var list []parcelled
	z := io.LimitReader(flate.NewReader(bytes.NewReader(payload)), mostPayload)
	if err := gob.NewDecoder(z).Decode(&list); err != nil {
		return nil, fmt.Errorf("unpack messages: %w", err)
	}
	byEntry := make(map[EntryID]*parcelled, len(list))
	for i := range list {
		byEntry[list[i].ID] = &list[i]
	}
	return byEntry, nil
}
