package redis

import (
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/broker"
)

// checkList says what the URLs of a list must have in common. Of sentinels, only the first names user, password and
// database, as with kombu.
func checkList(urls []broker.URL, c Config) error {
	if len(urls) == 0 {
		return errors.New("no broker URL")
	}
	first := urls[0]
	for _, u := range urls {
		if u.Driver() != broker.DriverRedis {
			return errors.New("a broker URL is not one of Redis")
		}
		if u.Sentinel() != first.Sentinel() {
			return errors.New("the URLs of a list are all of them sentinel://, or none is")
		}
		if !u.Sentinel() && (u.DB != first.DB || u.User != first.User || u.Password() != first.Password()) {
			return errors.New("the URLs of a Redis failover list must agree in user, password and database")
		}
	}
	if first.Sentinel() && c.Sentinel.Master == "" {
		return errors.New("sentinel:// needs master_name in broker_transport_options: the name under which the sentinels watch the master")
	}
	if !first.Sentinel() && c.Sentinel != (Sentinel{}) {
		return fmt.Errorf("master_name, sentinel_kwargs and min_other_sentinels go with sentinel://, not with %s://", first.Scheme)
	}
	return nil
}

// options turns URLs and settings into those of the client library. Retries are off: each failure is reported, and
// the caller, who knows the batch, tries again.
func (p *Publisher) options() *goredis.Options {
	u := p.urls[0]
	var lifetime time.Duration // for ever
	if u.Sentinel() {
		lifetime = p.config.Sentinel.Lifetime
	}
	return &goredis.Options{
		Username: u.User, Password: u.Password(), DB: u.DB, ClientName: p.config.ClientName,
		Dialer:      p.dialer.dial,
		OnConnect:   p.connected,
		DialTimeout: p.config.DialTimeout, DialerRetries: 1,
		ReadTimeout: p.config.Timeout, WriteTimeout: p.config.Timeout, ContextTimeoutEnabled: true,
		MaxRetries: -1,
		PoolSize:   p.config.MaxConns, PipelinePoolSize: -1, ConnMaxLifetime: lifetime, // pipelines have no connections of their own
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
		Addrs:    p.dialer.addresses(),
		Username: o.Username, Password: o.Password, ClientName: o.ClientName,
		Dialer:      p.dialer.dialNode,
		NewClient:   p.newNode,
		DialTimeout: o.DialTimeout, DialerRetries: 1,
		ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, ContextTimeoutEnabled: true,
		MaxRetries: -1, MaxRedirects: redirects,
		PoolSize: o.PoolSize, PipelinePoolSize: o.PipelinePoolSize,
		DisableRoutingPolicies: true, // they would ask for COMMAND, which a narrow ACL forbids
		DisableIdentity:        true, MaintNotificationsConfig: o.MaintNotificationsConfig,
	}
}
