package redis

import (
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// options turns URLs and settings into those of the client library. Retries are off: each failure is reported, and
// the caller, who knows the batch, tries again.
func (p *Publisher) options() *goredis.Options {
	u := p.urls[0]
	return &goredis.Options{
		Username: u.User, Password: u.Password(), DB: u.DB, ClientName: p.config.ClientName,
		Dialer:      p.dialer.Dial,
		OnConnect:   p.connected,
		DialTimeout: p.config.DialTimeout, DialerRetries: 1,
		ReadTimeout: p.config.Timeout, WriteTimeout: p.config.Timeout, ContextTimeoutEnabled: true,
		MaxRetries: -1,
		PoolSize:   p.config.MaxConns, PipelinePoolSize: -1, ConnMaxLifetime: p.config.Sentinel.ConnLifetime(p.urls), // pipelines have no connections of their own
		// Servers before Redis 7.2 and narrow ACLs answer these with errors.
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// redirects is how often a command follows a cluster that moves the slot, or is tried again while the cluster elects.
const redirects = 3

// clusterOptions are the same for a cluster, whose nodes the library finds and follows.
func (p *Publisher) clusterOptions() *goredis.ClusterOptions {
	o := p.options()
	return &goredis.ClusterOptions{
		Addrs:    p.dialer.Addresses(),
		Username: o.Username, Password: o.Password, ClientName: o.ClientName,
		Dialer:      p.dialer.DialNode,
		NewClient:   p.newNode,
		DialTimeout: o.DialTimeout, DialerRetries: 1,
		ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, ContextTimeoutEnabled: true,
		MaxRetries: -1, MaxRedirects: redirects,
		PoolSize: o.PoolSize, PipelinePoolSize: o.PipelinePoolSize,
		DisableRoutingPolicies: true, // they would ask for COMMAND, which a narrow ACL forbids
		DisableIdentity:        true, MaintNotificationsConfig: o.MaintNotificationsConfig,
	}
}
