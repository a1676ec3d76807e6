package gormstore_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between a store and its server and breaks connections on demand.
type proxy struct {
	listener net.Listener
	target   string
	asked    func() io.Writer // for each connection, what gets a copy of what the store says; nil: nobody
	answered func() io.Writer // the same of what the server says

	mu    sync.Mutex
	armed bool // the next answer is not passed on, and its connection is cut
	cut   bool
	shut  bool
	conns []net.Conn
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	return newTap(t, target, nil, nil)
}

// newTap returns a proxy that hands on copies of what is said.
func newTap(t *testing.T, target string, asked, answered func() io.Writer) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at the end of the test
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, asked: asked, answered: answered}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		p.refuse()
		wg.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.target) //nolint:noctx // local
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	if p.shut {
		_ = client.Close()
		_ = server.Close()
	}
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { p.pass(server, overheard(client, p.asked), false) })
	wg.Go(func() { p.pass(client, overheard(server, p.answered), true) })
	wg.Wait()
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

// pass copies until either side ends.
func (p *proxy) pass(to net.Conn, from io.ReadCloser, answers bool) {
	defer func() { _ = to.Close() }()
	defer func() { _ = from.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 && answers && p.swallow() {
			return
		}
		if _, wrote := to.Write(buf[:n]); wrote != nil || err != nil {
			return
		}
	}
}

func (p *proxy) swallow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.armed {
		return false
	}
	p.armed, p.cut = false, true
	return true
}

func (p *proxy) swallowAnswer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = true
}

func (p *proxy) swallowed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

// refuse cuts all connections and takes no more.
func (p *proxy) refuse() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	for _, c := range p.conns {
		_ = c.Close()
	}
}
