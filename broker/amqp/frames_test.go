package amqp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// sink is a connection that keeps what is written.
type sink struct {
	net.Conn
	written bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error)      { return s.written.Write(p) }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }

func frame(kind byte, payload string) string {
	return string([]byte{kind, 0, 1, 0, 0, 0, byte(len(payload))}) + payload + "\xce"
}

func TestFramesAreTranslated(t *testing.T) {
	t.Parallel()
	const fixed = "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04"
	in := "AMQP\x00\x00\x09\x01" + frame(1, "method") + frame(2, fixed+"\x00\x00") + frame(3, "body") + frame(8, "")
	want := "AMQP\x00\x00\x09\x01" + frame(1, "method") + frame(2, fixed+"properties") + frame(3, "body") + frame(8, "")
	for size := 1; size <= len(in); size++ { // in pieces of any size
		s := &sink{}
		c := newFramedConn(s, time.Second)
		c.expect([]byte("properties"))
		for rest := []byte(in); len(rest) > 0; {
			n := min(size, len(rest))
			if got, err := c.Write(rest[:n]); err != nil || got != n {
				t.Fatalf("got %d and %v, want %d written", got, err, n)
			}
			rest = rest[n:]
		}
		if got := s.written.String(); got != want {
			t.Fatalf("pieces of %d: got %q, want %q", size, got, want)
		}
	}
}

func TestFramesWithoutPreparedHeader(t *testing.T) {
	t.Parallel()
	s := &sink{}
	c := newFramedConn(s, time.Second)
	_, err := c.Write([]byte("AMQP\x00\x00\x09\x01" + frame(2, "fourteen bytes")))
	if !errors.Is(err, errUnexpectedHeader) || s.written.Len() > 8 {
		t.Errorf("got %v and %q, want that nothing of the message is written", err, s.written.String())
	}
}

func TestIncomingIsRelabelled(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return "\x00\x00\x00" + string(rune(len(s))) + s }
	header := func(big string) string {
		list := text("I1234" + big + "12345678")
		table := text("\x01a" + big + "12345678" + "\x01bV" + "\x01cS" + text("L") + "\x01dA" + list + "\x01eF" + text("\x01L"+big+"87654321"))
		return frame(2, "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\xf0\x00"+"\x04json"+"\x04utf8"+table+"\x02")
	}
	in := frame(1, "L is no field") + header("L") + frame(3, "body L") + frame(8, "")
	want := frame(1, "L is no field") + header("l") + frame(3, "body L") + frame(8, "")
	got, err := io.ReadAll(&incoming{from: bufio.NewReader(strings.NewReader(in))})
	if err != nil || string(got) != want {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

func FuzzIncoming(f *testing.F) {
	f.Add([]byte(frame(2, "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x20\x00\x00\x00\x00\x03\x00F\x00")))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := io.ReadAll(&incoming{from: bufio.NewReader(bytes.NewReader(b))})
		if err == nil && len(got) != len(b) { // nothing is lost unless the stream ends within a frame
			t.Errorf("got %d bytes, want %d", len(got), len(b))
		}
	})
}
