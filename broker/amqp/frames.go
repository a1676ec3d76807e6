package amqp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A framedConn is the way of the client library to the network. It bounds each write in time, puts our content headers
// in the place of those that the library makes, and hides from the library what it cannot read. The library writes each
// message by itself; while somebody sends many, they are held back until there are enough for one write.
type framedConn struct {
	net.Conn
	limit time.Duration
	in    incoming
	end   atomic.Pointer[error] // the last error of reading

	mu      sync.Mutex // the library writes from one goroutine at a time, next is set from another
	next    []byte     // content header of the message that is about to be written
	rest    int        // bytes that pass through unseen, at first those of the protocol header
	pending []byte     // beginning of a frame that was not written in one piece
	out     []byte     // what is to be written, reused
	held    bool       // it may grow to heldBytes first
}

const (
	protocolHeader = 8 // "AMQP" and four octets
	frameHeader    = 7 // type, channel, size
	frameTail      = 1
	typeHeader     = 2  // frame type of content headers
	fixedHeader    = 12 // class, weight and body size, which are kept
)

func newFramedConn(c net.Conn, limit time.Duration) *framedConn {
	return &framedConn{Conn: c, limit: limit, rest: protocolHeader, in: incoming{from: bufio.NewReader(c)}}
}

// Read implements io.Reader.
func (c *framedConn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil {
		c.end.Store(&err)
	}
	return n, err
}

// ended returns why nothing more can be read, nil while it can.
func (c *framedConn) ended() error {
	if err := c.end.Load(); err != nil {
		return *err
	}
	return nil
}

// expect sets the content header of the message that is published next.
func (c *framedConn) expect(header []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = header
}

// errUnexpectedHeader cannot happen; it stops a message without its properties from being sent.
var errUnexpectedHeader = errors.New("a message is written that nobody prepared")

// Write implements io.Writer.
func (c *framedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.translate(p); err != nil {
		c.out = c.out[:0]
		return 0, err
	}
	if c.held && len(c.out) < heldBytes {
		return len(p), nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// heldBytes is how much is held back at most: some dozens of messages.
const heldBytes = 64 << 10

// hold holds back what is written until release.
func (c *framedConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

// release writes what was held back. After an error the connection is of no use, which the library does not know.
func (c *framedConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	return c.flush()
}

// flush writes what was translated. The caller holds the lock.
func (c *framedConn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	defer func() { c.out = c.out[:0] }()
	if err := c.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
		return err
	}
	if _, err := c.Conn.Write(c.out); err != nil {
		return c.lastWords(err)
	}
	return nil
}

// lastWords returns what the peer said before it ended the connection, if that is an error, else why it could not be
// written to. With TLS 1.3 a broker that does not take the client's certificate says so only after the handshake, and the
// end of the connection may be noticed first.
func (c *framedConn) lastWords(write error) error {
	if errors.Is(write, os.ErrDeadlineExceeded) {
		return write
	}
	if err := c.SetReadDeadline(time.Now().Add(lastWordsLimit)); err != nil {
		return write
	}
	if _, err := c.Conn.Read(make([]byte, 1)); isAlert(err) {
		return err
	}
	return write
}

// lastWordsLimit is how long they are waited for: they have come already.
const lastWordsLimit = 100 * time.Millisecond

// isAlert tells whether an error of crypto/tls is what the peer said.
func isAlert(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "remote error"
}

// translate appends to out what p becomes.
func (c *framedConn) translate(p []byte) error {
	for len(p) > 0 {
		if n := min(c.rest, len(p)); n > 0 {
			c.out = append(c.out, p[:n]...)
			p, c.rest = p[n:], c.rest-n
			continue
		}
		need := frameHeader
		if len(c.pending) >= frameHeader {
			need += c.size()
		}
		n := min(need-len(c.pending), len(p))
		c.pending, p = append(c.pending, p[:n]...), p[n:]
		switch {
		case len(c.pending) < need:
		case need > frameHeader:
			if err := c.replaceHeader(); err != nil {
				return err
			}
			c.pending = c.pending[:0]
		case c.pending[0] != typeHeader:
			c.out = append(c.out, c.pending...)
			c.rest = c.size()
			c.pending = c.pending[:0]
		}
	}
	return nil
}

// size returns how many bytes follow the header of the pending frame.
func (c *framedConn) size() int { return int(binary.BigEndian.Uint32(c.pending[3:])) + frameTail }

// replaceHeader appends the frame that stands in for the pending one.
func (c *framedConn) replaceHeader() error {
	if c.next == nil || len(c.pending) < frameHeader+fixedHeader {
		return errUnexpectedHeader
	}
	size := fixedHeader + len(c.next)
	c.out = append(c.out, c.pending[:3]...)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(size))
	c.out = append(c.out, c.pending[frameHeader:frameHeader+fixedHeader]...)
	c.out = append(c.out, c.next...)
	c.out = append(c.out, c.pending[len(c.pending)-1])
	c.next = nil
	return nil
}
