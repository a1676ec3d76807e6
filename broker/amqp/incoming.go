package amqp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// An incoming stream of frames passes through unchanged, except that big integers in the headers of messages are
// relabelled. Celery, and so this package, writes them as kind L, which Python reads as signed; RabbitMQ hands them on
// like that, and the client library drops the connection when it meets one in a message that is returned to it. To the
// library the same eight bytes are kind l.
type incoming struct {
	from  *bufio.Reader
	ready []byte // what was looked at and not yet handed over
	rest  int    // bytes of the current frame that are handed over unseen
}

var errFrameSize = errors.New("the broker sent a content header larger than a frame")

// Read implements io.Reader.
func (in *incoming) Read(p []byte) (int, error) {
	if len(in.ready) == 0 && in.rest == 0 {
		if err := in.next(); err != nil {
			return 0, err
		}
	}
	if len(in.ready) > 0 {
		n := copy(p, in.ready)
		in.ready = in.ready[n:]
		return n, nil
	}
	n, err := in.from.Read(p[:min(len(p), in.rest)])
	in.rest -= n
	return n, err
}

// next looks at the beginning of a frame.
func (in *incoming) next() error {
	head := make([]byte, frameHeader)
	if _, err := io.ReadFull(in.from, head); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint32(head[3:])) + frameTail
	if head[0] != typeHeader {
		in.ready, in.rest = head, size
		return nil
	}
	if size > frameMax {
		return errFrameSize
	}
	frame := append(head, make([]byte, size)...)
	if _, err := io.ReadFull(in.from, frame[frameHeader:]); errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	relabelHeader(frame[frameHeader : len(frame)-frameTail])
	in.ready = frame
	return nil
}

// relabelHeader changes a content header in its place; what it does not understand stays.
func relabelHeader(payload []byte) {
	if len(payload) < fixedHeader+2 {
		return
	}
	flags, rest := int(binary.BigEndian.Uint16(payload[fixedHeader:])), payload[fixedHeader+2:]
	for _, flag := range []int{flagContentType, flagContentEncoding} {
		if flags&flag == 0 {
			continue
		}
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return
		}
		rest = rest[1+int(rest[0]):]
	}
	if content, _ := cutLong(rest); flags&flagHeaders != 0 {
		relabelFields(content, true)
	}
}

// relabelFields walks over the fields of a table (named) or a list.
func relabelFields(b []byte, named bool) {
	for len(b) > 0 {
		if named {
			if len(b) < 2+int(b[0]) {
				return
			}
			b = b[1+int(b[0]):]
		}
		kind := b[0]
		value := b[1:]
		switch kind {
		case 'S', 'x', 'A', 'F':
			content, after := cutLong(value)
			if kind == 'A' || kind == 'F' {
				relabelFields(content, kind == 'F')
			}
			b = after
			continue
		case 'L':
			b[0] = 'l'
		}
		size, known := fixedSizes(kind)
		if !known || len(value) < size {
			return
		}
		b = value[size:]
	}
}

// fixedSizes returns how many bytes a value takes.
func fixedSizes(kind byte) (size int, known bool) {
	switch kind {
	case 'V':
		return 0, true
	case 't', 'b', 'B':
		return 1, true
	case 's', 'u', 'U':
		return 2, true
	case 'I', 'i', 'f':
		return 4, true
	case 'D':
		return 5, true
	case 'L', 'l', 'd', 'T':
		return 8, true
	}
	return 0, false
}

// cutLong splits off a content that has its length in front; nothing when it is cut short.
func cutLong(b []byte) (content, after []byte) {
	if len(b) < 4 {
		return nil, nil
	}
	n := int(binary.BigEndian.Uint32(b))
	if len(b)-4 < n {
		return nil, nil
	}
	return b[4 : 4+n], b[4+n:]
}
