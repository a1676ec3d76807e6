package redis

import (
	"context"
	"errors"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/redisdial"
)

// single is the place in memory of what is not a cluster: wherever a connection leads, there is one set of data.
const single = ""

// Errors of a connection to a server that cannot take messages now. They wrap nothing, because the client library would
// unwrap them.
var (
	errLoading = errors.New("the server loads its data")
	errReplica = errors.New("the server is a replica")
)

// connected prepares for a server that may be another one, or empty.
func (p *Publisher) connected(ctx context.Context, c *goredis.Conn) error {
	if p.urls[0].Sentinel() {
		if err := redisdial.VerifyMaster(ctx, c); err != nil {
			return err
		}
	}
	server := askInfo(ctx, c)
	switch {
	case server.cluster:
		return p.joinCluster()
	case server.loading:
		p.dialer.Next()
		return errLoading
	case server.replica:
		p.dialer.Next()
		return errReplica
	}
	p.met(single, server)
	return nil
}

// askInfo asks a server what it is. Who may not ask goes without: scripts are sent without head line and losses show
// only by the fence.
func askInfo(ctx context.Context, c *goredis.Conn) info {
	text, err := c.Info(ctx).Result()
	if err != nil {
		return info{}
	}
	return readInfo(text)
}

// met notes what a new connection leads to. Bindings are declared again unless it is surely the server that has them. It also
// decides whether scripts take the "#!lua" line, which Redis 7 brought.
func (p *Publisher) met(place string, server info) {
	p.headed.Store(server.major >= 7)
	if server.runID == "" {
		p.declared.forget()
	}
	if p.history.changed(place, server) {
		p.lapse()
	}
	if strings.HasPrefix(server.policy, "allkeys-") {
		p.warnEviction.Do(func() {
			p.config.Logger.Warn("redis may evict messages and what beat remembers; set maxmemory-policy to noeviction",
				"maxmemory_policy", server.policy)
		})
	}
}

// history tells the servers that a publisher met apart by what they say of themselves.
type history struct {
	mu     sync.Mutex
	places map[string]info // place -> last server there
}

// changed notes a server and tells whether data may be missing since the last one: the server was started anew, or
// follows another history, or was promoted and so continues what its former master had sent it until then.
func (h *history) changed(place string, server info) bool {
	if server.runID == "" {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.places[place]
	changed := known && (before.runID != server.runID || before.replID != server.replID)
	for _, other := range h.places {
		changed = changed || other.replID != "" && other.replID == server.formerReplID && other.runID != server.runID
	}
	if h.places == nil {
		h.places = map[string]info{}
	}
	h.places[place] = server
	return changed
}

// Lapses returns a channel that receives a value after the broker may have lost messages that it confirmed: it was
// restarted, replaced by another server or emptied. It holds one value, so that several lapses may count as one; it is
// never closed. Lookup then tells what of a batch the broker still knows.
func (p *Publisher) Lapses() <-chan struct{} { return p.lapses }

func (p *Publisher) lapse() {
	p.declared.forget()
	select {
	case p.lapses <- struct{}{}:
	default:
	}
}
