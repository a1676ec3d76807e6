package amqp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/gobeat/gobeat/broker/amqp"
)

// A wiretap stands between a publisher and its broker, reads the publisher's methods, and may cut the connection after
// one of them.
type wiretap struct {
	listener net.Listener
	target   string
	work     sync.WaitGroup

	mu    sync.Mutex
	seen  []map[string]any
	cut   func(method map[string]any) bool // after it was passed on; nil: never
	spoil func(frame []byte) [][]byte      // what becomes of the broker's frames; nil: they are passed on
	conns []net.Conn
}

// newWiretap returns the URL that goes through the wiretap.
func newWiretap(t testing.TB, url string) (*wiretap, string) {
	t.Helper()
	rest := url[strings.LastIndexByte(url, '@')+1:]
	target, _, _ := strings.Cut(rest, "/")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wiretap{listener: listener, target: target}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		listener.Close()
		w.end()
		w.work.Wait()
	})
	return w, strings.Replace(url, target, listener.Addr().String(), 1)
}

// tappedLeader returns a publisher that leads, and the wiretap through which it speaks.
func tappedLeader(t *testing.T, url string) (*wiretap, *amqp.Publisher) {
	t.Helper()
	tap, through := newWiretap(t, url)
	p := open(t, through, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	return tap, p
}

// methods returns what was seen since the last call, without the methods of channels and the end of the connection.
func (w *wiretap) methods() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.seen
	w.seen = nil
	return out
}

// connections returns how many connections were opened since the last call of methods.
func (w *wiretap) connections() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.seen {
		if m["method"] == "connection.open" {
			n++
		}
	}
	return n
}

// cutAfter cuts the connection when yes says so of a method.
func (w *wiretap) cutAfter(yes func(method map[string]any) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = yes
}

func (w *wiretap) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *wiretap) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).Dial("tcp", w.target)
		if err != nil {
			client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		w.work.Go(func() {
			defer client.Close()
			w.answer(server, client)
		})
		w.work.Go(func() {
			defer server.Close()
			w.listen(client, server)
		})
	}
}

// answer passes on what the broker says, spoilt when that is wanted.
func (w *wiretap) answer(server io.Reader, client io.Writer) {
	for {
		frame, err := readFrame(server)
		if err != nil {
			return
		}
		w.mu.Lock()
		frames := [][]byte{frame}
		if w.spoil != nil {
			frames = w.spoil(frame)
		}
		w.mu.Unlock()
		for _, f := range frames {
			if _, err := client.Write(f); err != nil {
				return
			}
		}
	}
}

// answers spoils what the broker says from now on.
func (w *wiretap) answers(become func(frame []byte) [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoil = become
}

func readFrame(from io.Reader) ([]byte, error) {
	head := make([]byte, 7)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	frame := append(head, make([]byte, binary.BigEndian.Uint32(head[3:])+1)...)
	_, err := io.ReadFull(from, frame[7:])
	return frame, err
}

// listen passes on whole frames.
func (w *wiretap) listen(client io.Reader, server io.Writer) {
	hello := make([]byte, 8)
	if _, err := io.ReadFull(client, hello); err != nil {
		return
	}
	if _, err := server.Write(hello); err != nil {
		return
	}
	d := decoder{open: map[uint16]*content{}}
	for {
		frame, err := readFrame(client)
		if err != nil {
			return
		}
		m := d.frame(frame)
		w.note(m)
		if _, err := server.Write(frame); err != nil {
			return
		}
		if w.ends(m) {
			return
		}
	}
}

// note comes before the frame is passed on, so that whoever saw the broker's answer finds the method.
func (w *wiretap) note(m map[string]any) {
	if m == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, m)
}

func (w *wiretap) ends(m map[string]any) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return m != nil && w.cut != nil && w.cut(m)
}

// A decoder turns frames into methods in the form of the recordings.
type decoder struct{ open map[uint16]*content }

// content is a message of which not all has come.
type content struct {
	method map[string]any
	body   []byte
	size   uint64
	frames int
}

func (d *decoder) frame(frame []byte) map[string]any {
	channel := binary.BigEndian.Uint16(frame[1:])
	r := &reader{rest: frame[7 : len(frame)-1]}
	switch frame[0] {
	case 1:
		m := r.method()
		if m != nil && m["method"] == "basic.publish" {
			d.open[channel] = &content{method: m}
			return nil
		}
		return m
	case 2:
		r.take(4)
		c := d.open[channel]
		c.size = binary.BigEndian.Uint64(r.take(8))
		r.properties(c.method)
		if c.size > 0 {
			return nil
		}
	case 3:
		c := d.open[channel]
		c.body, c.frames = append(c.body, r.rest...), c.frames+1
		if uint64(len(c.body)) < c.size {
			return nil
		}
	default:
		return nil
	}
	c := d.open[channel]
	delete(d.open, channel)
	c.method["body_size"], c.method["body"] = number(len(c.body)), shown(c.body)
	if c.frames > 1 {
		c.method["frames"] = number(c.frames)
	}
	return c.method
}

func shown(body []byte) map[string]any {
	control := func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }
	if utf8.Valid(body) && !bytes.ContainsFunc(body, control) {
		return map[string]any{"text": string(body)}
	}
	return map[string]any{"base64": base64.StdEncoding.EncodeToString(body)}
}

// A reader takes fields off a frame; the frames come from the publisher, so they are whole.
type reader struct{ rest []byte }

func (r *reader) take(n int) []byte {
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) octet() byte   { return r.take(1)[0] }
func (r *reader) short() string { return string(r.take(int(r.octet()))) }
func (r *reader) long() []byte  { return r.take(int(binary.BigEndian.Uint32(r.take(4)))) }

func (r *reader) method() map[string]any {
	class, id := binary.BigEndian.Uint16(r.take(2)), binary.BigEndian.Uint16(r.take(2))
	bit := func(bits byte, n int) bool { return bits>>n&1 == 1 }
	switch [2]uint16{class, id} {
	case [2]uint16{10, 11}:
		properties, _ := r.table()
		return map[string]any{"method": "connection.start-ok", "client_properties": properties, "mechanism": r.short()}
	case [2]uint16{10, 31}:
		return map[string]any{
			"method": "connection.tune-ok", "channel_max": binary.BigEndian.Uint16(r.take(2)),
			"frame_max": binary.BigEndian.Uint32(r.take(4)), "heartbeat": binary.BigEndian.Uint16(r.take(2)),
		}
	case [2]uint16{10, 40}:
		return map[string]any{"method": "connection.open", "vhost": r.short()}
	case [2]uint16{40, 10}:
		r.take(2)
		m := map[string]any{"method": "exchange.declare", "exchange": r.short(), "type": r.short()}
		b := r.octet()
		m["passive"], m["durable"], m["auto_delete"] = bit(b, 0), bit(b, 1), bit(b, 2)
		m["internal"], m["nowait"] = bit(b, 3), bit(b, 4)
		m["arguments"], _ = r.table()
		return m
	case [2]uint16{50, 10}:
		r.take(2)
		m := map[string]any{"method": "queue.declare", "queue": r.short()}
		b := r.octet()
		m["passive"], m["durable"], m["exclusive"] = bit(b, 0), bit(b, 1), bit(b, 2)
		m["auto_delete"], m["nowait"] = bit(b, 3), bit(b, 4)
		arguments, types := r.table()
		if m["arguments"] = arguments; len(types) > 0 {
			m["argument_types"] = types
		}
		return m
	case [2]uint16{50, 20}:
		r.take(2)
		m := map[string]any{"method": "queue.bind", "queue": r.short(), "exchange": r.short(), "routing_key": r.short()}
		m["nowait"] = bit(r.octet(), 0)
		m["arguments"], _ = r.table()
		return m
	case [2]uint16{85, 10}:
		return map[string]any{"method": "confirm.select"}
	case [2]uint16{60, 40}:
		r.take(2)
		m := map[string]any{"method": "basic.publish", "exchange": r.short(), "routing_key": r.short()}
		b := r.octet()
		m["mandatory"], m["immediate"] = bit(b, 0), bit(b, 1)
		return m
	}
	return nil
}

// properties reads a content header behind its sizes.
func (r *reader) properties(m map[string]any) {
	flags := binary.BigEndian.Uint16(r.take(2))
	p := map[string]any{}
	m["properties"], m["headers"], m["header_types"] = p, map[string]any{}, map[string]any{}
	names := []string{
		"content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
		"expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id",
	}
	for i, name := range names {
		if flags>>(15-i)&1 == 0 {
			continue
		}
		switch name {
		case "headers":
			m["headers"], m["header_types"] = r.table()
		case "delivery_mode", "priority":
			p[name] = number(int(r.octet()))
		case "timestamp":
			p[name] = number(int(binary.BigEndian.Uint64(r.take(8))))
		default:
			p[name] = r.short()
		}
	}
}

func (r *reader) table() (values, types map[string]any) {
	values, types = map[string]any{}, map[string]any{}
	inner := &reader{rest: r.long()}
	for len(inner.rest) > 0 {
		name := inner.short()
		values[name], types[name] = inner.field()
	}
	return values, types
}

func (r *reader) field() (value, kind any) {
	letter := string(r.take(1))
	switch letter {
	case "S":
		return string(r.long()), letter
	case "V":
		return nil, letter
	case "t":
		return r.octet() == 1, letter
	case "I":
		return number(int(int32(binary.BigEndian.Uint32(r.take(4))))), letter
	case "L", "l":
		return number(int(binary.BigEndian.Uint64(r.take(8)))), letter
	case "d":
		return math.Float64frombits(binary.BigEndian.Uint64(r.take(8))), letter
	case "F":
		values, types := r.table()
		return values, map[string]any{"F": types}
	case "A":
		inner := &reader{rest: r.long()}
		values, types := []any{}, []any{}
		for len(inner.rest) > 0 {
			v, k := inner.field()
			values, types = append(values, v), append(types, k)
		}
		return values, map[string]any{"A": types}
	}
	panic("unknown field " + strconv.Quote(letter))
}

func number(n int) any { return json.Number(strconv.Itoa(n)) }
