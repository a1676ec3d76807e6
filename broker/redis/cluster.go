package redis

import (
	"context"
	"errors"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// Errors of a connection to a node of a cluster. They wrap nothing, because the client library would unwrap them.
var (
	// errCluster means that the node is to be reached through the client for clusters.
	errCluster = errors.New("the server is a node of a Redis Cluster")
	errNoTag   = errors.New("the server is a node of a Redis Cluster, where all keys must share a slot: set global_keyprefix in " +
		"broker_transport_options to a text in braces, such as {beat}, here and in the workers")
	errSentinel = errors.New("the server is a node of a Redis Cluster, which does without sentinels: write redis:// URLs of its nodes")
)

// joinCluster switches over to the client for clusters, once and for good.
func (p *Publisher) joinCluster() error {
	switch {
	case p.urls[0].Sentinel():
		return errSentinel
	case !tagged(p.config.KeyPrefix):
		return errNoTag
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cluster == nil && !p.closed {
		p.cluster = goredis.NewClusterClient(p.clusterOptions())
	}
	return errCluster
}

// tagged tells whether a prefix makes Redis count only what stands between its first braces when it chooses a slot.
func tagged(prefix string) bool {
	_, rest, open := strings.Cut(prefix, "{")
	tag, _, closed := strings.Cut(rest, "}")
	return open && closed && tag != ""
}

// newNode makes the client of one node.
func (p *Publisher) newNode(o *goredis.Options) *goredis.Client {
	address := o.Addr
	o.OnConnect = func(ctx context.Context, c *goredis.Conn) error {
		p.met(address, askInfo(ctx, c))
		return nil
	}
	return goredis.NewClient(o)
}

// with runs commands on the client that fits the server. The first connection finds out that there is a cluster; then
// they run again on its client, because nothing was sent on the other.
func (p *Publisher) with(run func(c goredis.UniversalClient) error) error {
	err := run(p.current())
	if errors.Is(err, errCluster) {
		err = run(p.current())
	}
	return err
}

func (p *Publisher) current() goredis.UniversalClient {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cluster != nil {
		return p.cluster
	}
	return p.client
}
