package amqp

import (
	"sync"
	"time"
)

// poison remembers queues whose declaration made the broker close the connection, which harms every other message, so
// that they are refused for a while instead of tried again.
type poison struct {
	mu      sync.Mutex
	entries map[string]poisoned
}

type poisoned struct {
	reason string
	until  time.Time
}

// poisonTime is how long such a queue is refused.
const poisonTime = time.Minute

func (p *poison) add(queue, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil {
		p.entries = map[string]poisoned{}
	}
	p.entries[queue] = poisoned{reason: reason, until: time.Now().Add(poisonTime)}
}

// of returns why a queue is refused, or nothing.
func (p *poison) of(queue string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[queue]
	if ok && time.Now().After(e.until) {
		delete(p.entries, queue)
		return ""
	}
	return e.reason
}

// A set holds what was reported already.
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
