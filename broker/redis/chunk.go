package redis

import (
	"fmt"
	"maps"
	"slices"
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

	index  map[string]string // key -> its number in the script
	expire map[string]bool   // queues whose keys are given a time to live
}

// listKeys is where the lists begin among the keys of the script, which counts from one.
const listKeys = 4

// newChunk makes the chunk of messages whose targets are known. Outcomes that are set already stay and are noted.
func (p *Publisher) newChunk(id string, messages []message.Envelope, targets [][]target, out []message.Outcome) *chunk {
	c := p.config
	ch := &chunk{
		id: id, copies: make([]any, 0, 3*len(messages)), index: map[string]string{}, expire: map[string]bool{},
	}
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
			ch.copies = append(ch.copies, number, ch.key(c.queueKey(to.queue, env.Priority)), text)
			ch.expire[to.queue] = true
		}
		if env.Event != nil && len(targets[i]) > 0 {
			ch.copies = append(ch.copies, number, "e"+c.eventChannel(env.Event), c.eventText(env.Event))
		}
	}
	p.addExpiry(ch)
	return ch
}

// key returns the number of a list in the script.
func (ch *chunk) key(list string) string {
	if ch.index[list] == "" {
		ch.index[list] = strconv.Itoa(listKeys + len(ch.keys))
		ch.keys = append(ch.keys, list)
	}
	return ch.index[list]
}

// addExpiry renews the time to live of all lists of the queues that expire, as kombu 5.7 does with each message.
func (p *Publisher) addExpiry(ch *chunk) {
	for _, queue := range slices.Sorted(maps.Keys(ch.expire)) {
		ttl := p.declared.expiry(queue)
		if ttl == 0 {
			continue
		}
		for _, step := range p.config.PrioritySteps {
			ch.copies = append(ch.copies, "", "x"+ch.key(p.config.stepKey(queue, step)), ttl.Milliseconds())
		}
	}
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
		letter := note[len(note)-1:]
		i, err := strconv.Atoi(note[:len(note)-1])
		if err != nil || i < 0 || i >= len(out) || letter != "r" && letter != "t" {
			return fmt.Errorf("the memory of batches holds %.20q", note)
		}
		out[i] = message.Outcome{State: message.Refused, Reason: "its queue is a key of another type than list"}
		if letter == "t" {
			out[i] = message.Outcome{State: message.Returned, Reason: "no queue is bound, or nobody listens"}
		}
		if known[i].State == out[i].State {
			out[i] = known[i]
		}
	}
	return nil
}
