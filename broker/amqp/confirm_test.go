package amqp_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// isAck tells whether a frame of the broker is basic.ack.
func isAck(frame []byte) bool {
	return frame[0] == 1 && binary.BigEndian.Uint16(frame[7:]) == 60 && binary.BigEndian.Uint16(frame[9:]) == 80
}

// each turns a confirm of several messages into one for each; all holds those that were confirmed before.
func each(ack []byte, all map[uint64]bool) map[uint64][]byte {
	last := binary.BigEndian.Uint64(ack[11:])
	first := last
	if ack[19] == 1 {
		first = 1
	}
	out := map[uint64][]byte{}
	for tag := first; tag <= last; tag++ {
		if all[tag] {
			continue
		}
		all[tag] = true
		one := slices.Clone(ack)
		binary.BigEndian.PutUint64(one[11:], tag)
		one[19] = 0
		out[tag] = one
	}
	return out
}

// TestWithheldConfirm has a broker that never confirms the fifth message. A leader reads in its marker that it arrived;
// others send it again.
func TestWithheldConfirm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		leader message.Fence
		twice  int
	}{{"leader", leader(1), 0}, {"manual", message.Fence{}, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := testenv.RabbitMQ(t)
			tap, through := newWiretap(t, url)
			p := open(t, through, amqp.Config{ConfirmTimeout: 5 * time.Second})
			if err := p.TakeOver(t.Context(), tt.leader); err != nil {
				t.Fatal(err)
			}
			all := map[uint64]bool{}
			tap.answers(func(frame []byte) (out [][]byte) {
				if !isAck(frame) {
					return [][]byte{frame}
				}
				for tag, one := range each(frame, all) {
					if tag != 5 {
						out = append(out, one)
					}
				}
				return out
			})
			b := brokertest.Batch("q", 10)
			want := slices.Repeat([]message.State{confirmed}, 10)
			want[4] = message.Unknown
			out, err := p.Publish(t.Context(), b)
			if !errors.Is(err, message.ErrUnavailable) {
				t.Fatalf("got %v, want ErrUnavailable", err)
			}
			checkStates(t, out, nil, want...)
			tap.answers(nil)
			out, err = p.Publish(t.Context(), b)
			checkStates(t, out, err, confirmed)
			if twice := resent(t, url, "q", b.Messages); twice != tt.twice {
				t.Errorf("%d messages came twice, want %d", twice, tt.twice)
			}
		})
	}
}

// TestConfirmedTwice has a broker that says everything twice.
func TestConfirmedTwice(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	tap.answers(func(frame []byte) [][]byte {
		if isAck(frame) {
			return [][]byte{frame, frame}
		}
		return [][]byte{frame}
	})
	for range 3 {
		b := brokertest.Batch("q", 500)
		out, err := p.Publish(t.Context(), b)
		checkStates(t, out, err, confirmed)
		if twice := resent(t, url, "q", b.Messages); twice != 0 {
			t.Errorf("%d messages came twice", twice)
		}
	}
}

// TestCutAmongConfirms loses the connection between two confirms.
func TestCutAmongConfirms(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	all := map[uint64]bool{}
	tap.answers(func(frame []byte) (out [][]byte) {
		if !isAck(frame) {
			return [][]byte{frame}
		}
		for tag, one := range each(frame, all) {
			if tag <= 200 {
				out = append(out, one)
			}
		}
		if len(all) > 200 {
			go tap.end()
		}
		return out
	})
	b := brokertest.Batch("q", 500)
	out, err := p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	for i, o := range out {
		if o.State == confirmed && i >= 200 {
			t.Fatalf("message %d is called confirmed", i)
		}
	}
	tap.answers(nil)
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if twice := resent(t, url, "q", b.Messages); twice > 63 {
		t.Errorf("%d messages came twice, want at most 63", twice)
	}
}

// TestNackStorm has a broker that takes nothing for a while.
func TestNackStorm(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	tap.answers(func(frame []byte) [][]byte {
		if isAck(frame) {
			frame[10] = 120 // basic.nack, the rest is the same
		}
		return [][]byte{frame}
	})
	b := brokertest.Batch("q", 500)
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, message.Rejected)
	tap.answers(nil)
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
}
