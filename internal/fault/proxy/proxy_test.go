package proxy

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// serve answers each connection by what reply makes of what it hears, and tells what it heard.
func serve(t *testing.T, reply func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at the end of the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				reply(c)
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, url string) (*Proxy, net.Conn) {
	t.Helper()
	p, err := Listen(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return p, c
}

func frame(payload ...byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{amqpMethod, 0, 1}, uint32(len(payload)))
	return append(append(b, payload...), 0xCE)
}

func say(t *testing.T, c net.Conn, parts ...[]byte) {
	t.Helper()
	if _, err := c.Write(bytes.Join(parts, nil)); err != nil {
		t.Fatal(err)
	}
}

func TestCutAfterPublish(t *testing.T) {
	t.Parallel()
	heard := make(chan []byte, 1)
	p, c := dial(t, "amqp://"+serve(t, func(c net.Conn) {
		all, _ := io.ReadAll(c)
		heard <- all
	}))
	p.At(Published, CutAfter, func(n int) bool { return n == 2 })
	greeting, publish := []byte("AMQP\x00\x00\x09\x01"), frame(0, 60, 0, 40, 1)
	say(t, c, greeting, publish, publish, publish)
	if want := bytes.Join([][]byte{greeting, publish, publish}, nil); !bytes.Equal(<-heard, want) {
		t.Error("the server did not hear exactly two messages")
	}
	if got := p.Done(Published); got != 1 {
		t.Errorf("cut %d times, want once", got)
	}
}

func TestWithheldAcknowledgement(t *testing.T) {
	t.Parallel()
	other, ack := frame(0, 60, 0, 50, 2), frame(0, 60, 0, 80, 2)
	p, c := dial(t, "amqp://"+serve(t, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, amqpStart))
		_, _ = c.Write(bytes.Join([][]byte{ack, other}, nil))
	}))
	p.At(Acknowledged, Withhold, func(int) bool { return true })
	say(t, c, []byte("AMQP\x00\x00\x09\x01"))
	got := make([]byte, len(other))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, other) {
		t.Errorf("got %v (%v), want the frame behind the acknowledgement", got, err)
	}
}

func postgresUnit(kind byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text)+4)), text...)
}

func TestAnswerOfAClaimIsCutWhenItIsCommitted(t *testing.T) {
	t.Parallel()
	answer, end := postgresUnit('C', "INSERT\x00"), postgresUnit('Z', "I")
	p, c := dial(t, "postgresql://"+serve(t, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, 8))
		_, _ = c.Write(end)
		for head := make([]byte, 5); ; {
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			_, _ = io.ReadFull(c, make([]byte, binary.BigEndian.Uint32(head[1:])-4))
			if head[0] == 'B' {
				_, _ = c.Write(bytes.Join([][]byte{answer, end}, nil))
			}
		}
	}))
	p.At(Claimed, CutBefore, func(n int) bool { return n == 2 })
	say(t, c, []byte{0, 0, 0, 8, 0, 3, 0, 0})
	read := func(want ...[]byte) {
		t.Helper()
		all := bytes.Join(want, nil)
		got := make([]byte, len(all))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, all) {
			t.Fatalf("got %q (%v), want %q", got, err, all)
		}
	}
	read(end)
	say(t, c, postgresUnit('P', "s1\x00with … "+string(claimText)+", state) …\x00"), postgresUnit('B', "\x00s1\x00"))
	read(answer, end)
	say(t, c, postgresUnit('P', "s2\x00select 1\x00"), postgresUnit('B', "\x00s2\x00"))
	read(answer, end)
	say(t, c, postgresUnit('B', "\x00s1\x00"))
	if rest, err := io.ReadAll(c); len(rest) > 0 {
		t.Errorf("got %q (%v) of the second claim, want nothing", rest, err)
	}
	if got := p.Done(Claimed); got != 1 {
		t.Errorf("cut %d times, want once", got)
	}
}

func TestAnswerOfAScriptIsCut(t *testing.T) {
	t.Parallel()
	p, c := dial(t, "redis://"+serve(t, func(c net.Conn) {
		buffer := make([]byte, 1000)
		for {
			if _, err := c.Read(buffer); err != nil {
				return
			}
			_, _ = c.Write([]byte("+OK\r\n"))
		}
	}))
	p.At(Scripted, CutBefore, func(int) bool { return true })
	say(t, c, []byte("*1\r\n$4\r\nPING\r\n"))
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "+OK\r\n" {
		t.Fatalf("got %q (%v)", got, err)
	}
	say(t, c, []byte("*3\r\n$7\r\nEVALSHA\r\n$2\r\nab\r\n$1\r\n0\r\n"))
	if rest, err := io.ReadAll(c); len(rest) > 0 {
		t.Errorf("got %q (%v) of the script, want nothing", rest, err)
	}
}

func TestMutedServer(t *testing.T) {
	t.Parallel()
	heard := make(chan byte)
	p, c := dial(t, "redis://"+serve(t, func(c net.Conn) {
		buffer := make([]byte, 14)
		for {
			if _, err := io.ReadFull(c, buffer); err != nil {
				close(heard)
				return
			}
			_, _ = c.Write([]byte("+OK\r\n"))
			heard <- buffer[0]
		}
	}))
	p.Mute(false, true)
	say(t, c, []byte("*1\r\n$4\r\nPING\r\n"))
	<-heard // the server was asked
	p.Cut()
	if rest, err := io.ReadAll(c); len(rest) > 0 {
		t.Errorf("got %q (%v), want nothing", rest, err)
	}
	<-heard
}
