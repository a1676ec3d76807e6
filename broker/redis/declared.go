package redis

import (
	"sync"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// declarations remember which bindings were added to the server, and of which types exchanges are.
type declarations struct {
	mu     sync.Mutex
	queues map[string]bool
	types  map[string]string
	expire map[string]time.Duration // queue -> x-expires
	times  int                      // how often they were forgotten
}

// forget makes every binding be added again. Types and times stay: they are what this process knows.
func (d *declarations) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queues = nil
	d.times++
}

// forgotten tells how often that happened.
func (d *declarations) forgotten() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.times
}

// missing tells whether the binding of a queue must be added. Like Celery, that is always so for queues that may have gone.
func (d *declarations) missing(q *message.Queue) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.queues[q.Name] || q.AutoDelete || expiry(q) > 0
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
	if d.expire == nil {
		d.expire = map[string]time.Duration{}
	}
	d.queues[q.Name] = true
	d.types[q.Exchange] = q.ExchangeType
	d.expire[q.Name] = expiry(q)
}

// expiry returns after what time without use a queue that this process declared expires; 0: never.
func (d *declarations) expiry(queue string) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.expire[queue]
}

// typeOf returns the type of an exchange that this process declared.
func (d *declarations) typeOf(exchange string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.types[exchange]
}
