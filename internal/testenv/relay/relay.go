package relay

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Relay passes on what is said between a store and one server. Its methods are safe for concurrent use.
type Relay struct {
	listener net.Listener
	tap      Tap

	mu     sync.Mutex
	target string // where the server is
	answer int    // how many answers from now on one is not passed on, and its connection is cut; 0: none
	cut    bool
	shut   bool
	conns  map[net.Conn]bool
	opened int           // connections that there ever were
	idle   chan struct{} // closed when there is none
}

// Tap makes, for each connection, what gets a copy of what the store asks and of what the server answers; nil: nobody.
type Tap struct{ Asked, Answered func() io.Writer }

// Listen starts a relay in front of the server of a URL, until t ends.
func Listen(t testing.TB, server string, tap Tap) *Relay {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at the end of the test
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{listener: listener, tap: tap, target: u.Host, conns: map[net.Conn]bool{}, idle: make(chan struct{})}
	close(r.idle)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { r.serve(client) })
		}
	})
	t.Cleanup(func() {
		r.Refuse()
		wg.Wait()
	})
	return r
}

// URL returns a URL of the server with the relay in the server's place.
func (r *Relay) URL(t testing.TB, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = r.listener.Addr().String()
	return u.String()
}

func (r *Relay) serve(client net.Conn) {
	r.mu.Lock()
	target := r.target
	r.mu.Unlock()
	server, err := net.Dial("tcp", target) //nolint:noctx // local
	if err != nil {
		_ = client.Close()
		return
	}
	r.enter(client, server)
	defer r.leave(client, server)
	var wg sync.WaitGroup
	wg.Go(func() { r.pass(server, overheard(client, r.tap.Asked), func() bool { return false }) })
	wg.Go(func() { r.pass(client, overheard(server, r.tap.Answered), func() bool { return r.swallow(server) }) })
	wg.Wait()
}

func (r *Relay) enter(client, server net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) == 0 {
		r.idle = make(chan struct{})
	}
	r.conns[client], r.conns[server] = true, true
	r.opened++
	if r.shut {
		_ = client.Close()
		_ = server.Close()
	}
}

func (r *Relay) leave(client, server net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, client)
	delete(r.conns, server)
	if len(r.conns) == 0 {
		close(r.idle)
	}
}

// overheard copies what is read from a connection.
func overheard(c net.Conn, copies func() io.Writer) io.ReadCloser {
	if copies == nil {
		return c
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(c, copies()), c}
}

// pass copies until either side ends, or swallow says so of something that was read.
func (r *Relay) pass(to net.Conn, from io.ReadCloser, swallow func() bool) {
	defer func() { _ = to.Close() }()
	defer func() { _ = from.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 && swallow() {
			return
		}
		if _, wrote := to.Write(buf[:n]); wrote != nil || err != nil {
			return
		}
	}
}

// swallow tells whether this is the answer in place of which the connection is cut. Then it waits until the server has
// finished, which may have been asked for several things at once: what the store learns of the cut comes after all that the
// server does.
func (r *Relay) swallow(server net.Conn) bool {
	if !r.cutHere() {
		return false
	}
	if c, ok := server.(*net.TCPConn); ok {
		_ = c.CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(longFinish))
		_, _ = io.Copy(io.Discard, c) // ends with an error when the server takes longer
	}
	return true
}

// longFinish is how long a server may take to notice that nobody listens.
const longFinish = 5 * time.Second

func (r *Relay) cutHere() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answer == 0 {
		return false
	}
	r.answer--
	r.cut = r.answer == 0
	return r.cut
}

// CutAt cuts a connection instead of passing on the nth answer from now on, over all connections; 0 cuts none.
func (r *Relay) CutAt(nth int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.cut = nth, false
}

// WasCut tells whether that happened since the last CutAt.
func (r *Relay) WasCut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut
}

// Opened is how many connections there ever were.
func (r *Relay) Opened() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.opened
}

// Wait waits until there is no connection.
func (r *Relay) Wait(ctx context.Context) error {
	r.mu.Lock()
	idle := r.idle
	r.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Refuse cuts all connections and takes no more.
func (r *Relay) Refuse() {
	_ = r.listener.Close()
	r.Away(true)
}

// Away cuts all connections and, as long as the server is away, each new one at once.
func (r *Relay) Away(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shut = away
	for c := range r.conns {
		_ = c.Close()
	}
}

// Redirect cuts all connections, and leads new ones to the server of another URL.
func (r *Relay) Redirect(t testing.TB, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = u.Host
	for c := range r.conns {
		_ = c.Close()
	}
}
