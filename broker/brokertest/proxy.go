package brokertest

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A Proxy stands between a publisher and its broker and does harm. Create it with NewProxy.
type Proxy struct {
	target   string
	listener net.Listener
	work     sync.WaitGroup
	mute     atomic.Bool

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewProxy starts a proxy in front of the broker of a URL and returns the URL that goes through it. It ends with the
// test.
func NewProxy(t testing.TB, url string) (*Proxy, string) {
	t.Helper()
	rest := url[strings.Index(url, "://")+3:]
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	target, _, _ := strings.Cut(rest, "/")
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, listener: l, conns: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.work.Wait()
	})
	return p, strings.Replace(url, target, l.Addr().String(), 1)
}

// Cut ends all connections; new ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		conn.Close()
	}
	clear(p.conns)
}

// Mute makes the proxy swallow what the broker answers while the publisher's bytes still reach it.
func (p *Proxy) Mute(on bool) { p.mute.Store(on) }

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		p.work.Go(func() { p.pipe(server, client, func() bool { return false }) })
		p.work.Go(func() { p.pipe(client, server, p.mute.Load) })
	}
}

func (p *Proxy) pipe(to, from net.Conn, swallow func() bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if swallow() {
			continue
		}
		if _, err := io.Copy(to, strings.NewReader(string(buffer[:n]))); err != nil {
			return
		}
	}
}
