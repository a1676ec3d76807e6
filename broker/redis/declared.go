package redis

import (
	"sync"

	"github.com/gobeat/gobeat/broker/message"
)

// declarations remember which bindings were added on the current connection, and of which types exchanges are.
type declarations struct {
	mu     sync.Mutex
	queues map[string]bool
	types  map[string]string
}

// forget makes every binding be added again. The types stay: they are what this process knows.
func (d *declarations) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queues = nil
}

// missing tells whether the binding of a queue must be added.
func (d *declarations) missing(q *message.Queue) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.queues[q.Name]
}

func (d *declarations) add(q *message.Queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queues == nil {
		d.queues = map[string]bool{}
	}
	if d.types == nil {
		d.types = map[string]string{}
	}
	d.queues[q.Name] = true
	d.types[q.Exchange] = q.ExchangeType
}

// typeOf returns the type of an exchange that this process declared.
func (d *declarations) typeOf(exchange string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.types[exchange]
}
