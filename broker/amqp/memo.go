package amqp

import (
	"sync"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// poison remembers what harms every other message, so that it is refused for a while instead of tried again: queues and
// exchanges whose declaration made the broker close the connection, and ways that this user may not publish on.
type poison struct {
	mu      sync.Mutex
	entries map[string]poisoned
}

type poisoned struct {
	reason string
	until  time.Time
}

// poisonTime is how long it is refused.
const poisonTime = time.Minute

func (p *poison) add(what, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil {
		p.entries = map[string]poisoned{}
	}
	p.entries[what] = poisoned{reason: reason, until: time.Now().Add(poisonTime)}
}

// of returns why something is refused, or nothing.
func (p *poison) of(what string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[what]
	if ok && time.Now().After(e.until) {
		delete(p.entries, what)
		return ""
	}
	return e.reason
}

// message remembers that this user may not publish to an exchange with a routing key: trying costs the channel, and all
// messages of a batch then go one by one.
func (p *poison) message(env *message.Envelope, reason error) {
	if e, only := isChannelError(reason); only && e.Code == amqp091.AccessRefused {
		p.add(routeOf(env), e.Reason)
	}
}

// ofMessage returns why messages that go the same way are refused, or nothing.
func (p *poison) ofMessage(env *message.Envelope) string {
	p.mu.Lock()
	none := len(p.entries) == 0
	p.mu.Unlock()
	if none {
		return ""
	}
	return p.of(routeOf(env))
}

// routeOf returns what no queue is named like.
func routeOf(env *message.Envelope) string { return "to\x00" + env.Exchange + "\x00" + env.RoutingKey }

// A set holds names, such as those that were reported already.
type set struct {
	mu    sync.Mutex
	names map[string]bool
}

// add tells whether the name is new.
func (s *set) add(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names[name] {
		return false
	}
	if s.names == nil {
		s.names = map[string]bool{}
	}
	s.names[name] = true
	return true
}

// remove tells whether the name was there.
func (s *set) remove(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.names[name]
	delete(s.names, name)
	return was
}
