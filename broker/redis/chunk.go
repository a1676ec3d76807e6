package redis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// chunkSize is how many messages one script takes, so that it does not hold up other clients of the server. It is part
// of how batches are remembered: another number would not recognise the batches of an earlier release.
const chunkSize = 250

// chunkID names a chunk in the memory of batches.
func chunkID(batch uuid.UUID, n int) string { return batch.String() + ":" + strconv.Itoa(n) }

func chunks(messages int) int { return (messages + chunkSize - 1) / chunkSize }

// A chunk is what one call of the script pushes.
type chunk struct {
	id     string
	keys   []string // lists, without the keys of the state
	copies []any    // message, target, text; three for each copy
	notes  strings.Builder
}

// listKeys is where the lists begin among the keys of the script, which counts from one.
const listKeys = 4

// newChunk makes the chunk of messages whose targets are known. Outcomes that are set already stay and are noted.
func (c Config) newChunk(id string, messages []message.Envelope, targets [][]target, out []message.Outcome) *chunk {
	ch := &chunk{id: id, copies: make([]any, 0, 3*len(messages))}
	index := map[string]string{}
	for i := range messages {
		env := &messages[i]
		if out[i].State != message.Unknown {
			ch.note(i, out[i].State)
			continue
		}
		text := message.AppendKombu(nil, env, uuid.NewString(), c.encoding())
		number := strconv.Itoa(i)
		for _, to := range targets[i] {
			if to.channel != "" {
				ch.copies = append(ch.copies, number, "c"+to.channel, text)
				continue
			}
			key := c.queueKey(to.queue, env.Priority)
			if index[key] == "" {
				index[key] = strconv.Itoa(listKeys + len(ch.keys))
				ch.keys = append(ch.keys, key)
			}
			ch.copies = append(ch.copies, number, index[key], text)
		}
		if env.Event != nil && len(targets[i]) > 0 {
			ch.copies = append(ch.copies, number, "e"+c.eventChannel(env.Event), c.eventText(env.Event))
		}
	}
	return ch
}

// eventChannel is where an event goes: with Redis, kombu makes the exchange of events a fanout one.
func (c Config) eventChannel(event *message.Envelope) string {
	return c.channel(event.Exchange, event.RoutingKey)
}

func (c Config) eventText(event *message.Envelope) []byte {
	return message.AppendKombu(nil, event, uuid.NewString(), c.encoding())
}

func (ch *chunk) note(i int, s message.State) {
	letter := "r"
	if s == message.Returned {
		letter = "t"
	}
	ch.notes.WriteString(strconv.Itoa(i) + letter + ",")
}

// readNotes sets the outcomes of a chunk that the server has: all confirmed but those noted. Reasons that are known
// already are kept.
func readNotes(notes string, out []message.Outcome) error {
	known := append([]message.Outcome(nil), out...)
	for i := range out {
		out[i] = message.Outcome{State: message.Confirmed}
	}
	for note := range strings.SplitSeq(notes, ",") {
		if note == "" {
			continue
		}
		i, err := strconv.Atoi(note[:len(note)-1])
		if err != nil || i < 0 || i >= len(out) {
			return fmt.Errorf("the memory of batches holds %.20q", note)
		}
		out[i] = message.Outcome{State: message.Refused, Reason: "its queue is a key of another type than list"}
		if strings.HasSuffix(note, "t") {
			out[i] = message.Outcome{State: message.Returned, Reason: "no queue is bound, or nobody listens"}
		}
		if known[i].State == out[i].State {
			out[i] = known[i]
		}
	}
	return nil
}
