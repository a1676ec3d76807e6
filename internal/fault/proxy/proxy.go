package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
)

// Event is something that a proxy sees.
type Event string

// Events.
const (
	Published    Event = "basic.publish"   // AMQP: the client publishes a message
	Acknowledged Event = "basic.ack"       // AMQP: the server confirms messages
	Claimed      Event = "claim answered"  // PostgreSQL: it has carried out a claim or settlement, and says so
	Scripted     Event = "script answered" // Redis: it has run a script, and says so
)

// Harm is what is done at an event.
type Harm uint8

// Harms.
const (
	CutBefore Harm = iota + 1 // the connection is cut and the unit is not passed on
	CutAfter                  // the unit is passed on, then the connection is cut
	Withhold                  // the unit is not passed on, and the connection stays
)

// Proxy passes on what a program and one server say to each other. Its methods are safe for concurrent use.
type Proxy struct {
	listener net.Listener
	target   string
	dialect  func() *conversation
	work     sync.WaitGroup

	mu         sync.Mutex
	conns      map[net.Conn]bool
	muteUp     bool
	muteDown   bool
	rules      map[Event]rule
	seen, done map[Event]int
}

type rule struct {
	harm Harm
	when func(n int) bool
}

// Listen starts a proxy in front of the server of a URL: amqp, postgresql or redis.
func Listen(ctx context.Context, server string) (*Proxy, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	dialects := map[string]func() *conversation{"amqp": amqp, "postgresql": postgres, "redis": redis}
	dialect := dialects[u.Scheme]
	if dialect == nil {
		return nil, fmt.Errorf("proxy: scheme %q is not one of amqp, postgresql, redis", u.Scheme)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p := &Proxy{
		listener: l, target: u.Host, dialect: dialect, conns: map[net.Conn]bool{}, rules: map[Event]rule{},
		seen: map[Event]int{}, done: map[Event]int{},
	}
	p.work.Go(p.accept)
	return p, nil
}

// Address is where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// At does harm at those events of which when says so; they are counted from 1 over all connections. A nil when ends it.
func (p *Proxy) At(e Event, h Harm, when func(n int) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[e] = 0
	if when == nil {
		delete(p.rules, e)
		return
	}
	p.rules[e] = rule{h, when}
}

// Done returns how often harm was done at an event.
func (p *Proxy) Done(e Event) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done[e]
}

// Mute makes what the program says (up) or what the server says (down) vanish on the way, on all connections.
func (p *Proxy) Mute(up, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.muteUp, p.muteDown = up, down
}

// Cut ends all connections; new ones are taken.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// Close ends the proxy.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.Cut()
	p.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		c := p.dialect()
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		var both sync.WaitGroup
		both.Go(func() { p.pass(server, client, true, c.up, c.fromClient) })
		both.Go(func() { p.pass(client, server, false, c.down, c.fromServer) })
		p.work.Go(func() {
			both.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.conns, client)
			delete(p.conns, server)
		})
	}
}

// harm tells what is to be done at an event now.
func (p *Proxy) harm(e Event) Harm {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[e]++
	r, ok := p.rules[e]
	if !ok || !r.when(p.seen[e]) {
		return 0
	}
	p.done[e]++
	return r.harm
}

func (p *Proxy) muted(up bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return up && p.muteUp || !up && p.muteDown
}
