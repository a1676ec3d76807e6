package redis

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/broker"
)

// checkList says what the URLs of a failover list must have in common.
func checkList(urls []broker.URL) error {
	if len(urls) == 0 {
		return errors.New("no broker URL")
	}
	first := urls[0]
	for _, u := range urls {
		if u.Driver() != broker.DriverRedis {
			return errors.New("a broker URL is not one of Redis")
		}
		if u.DB != first.DB || u.User != first.User || u.Password() != first.Password() {
			return errors.New("the URLs of a Redis failover list must agree in user, password and database")
		}
	}
	return nil
}

// options turns URLs and settings into those of the client library. Retries are off: each failure is reported, and
// the caller, who knows the batch, tries again.
func (p *Publisher) options() *goredis.Options {
	u := p.urls[0]
	return &goredis.Options{
		Username: u.User, Password: u.Password(), DB: u.DB,
		Dialer:      p.dialer.dial,
		OnConnect:   p.connected,
		DialTimeout: p.config.DialTimeout, DialerRetries: 1,
		ReadTimeout: p.config.Timeout, WriteTimeout: p.config.Timeout, ContextTimeoutEnabled: true,
		MaxRetries: -1,
		PoolSize:   8,
		// Servers before Redis 7.2 and narrow ACLs answer these with errors.
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// A dialer connects to the first of several addresses that answers, beginning with the one that answered last. Names
// are looked up anew each time.
type dialer struct {
	urls    []broker.URL
	current atomic.Int64
}

func (d *dialer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var failures []error
	start := d.current.Load()
	for i := range int64(len(d.urls)) {
		n := (start + i) % int64(len(d.urls))
		conn, err := d.urls[n].Dial(ctx)
		if err == nil {
			d.current.Store(n)
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// next makes the next connection begin with the following address.
func (d *dialer) next() {
	n := d.current.Load()
	d.current.CompareAndSwap(n, (n+1)%int64(len(d.urls)))
}

// connected prepares for a server that may be another one, or empty: bindings are declared again. It also finds out
// whether scripts take the "#!lua" line, which Redis 7 brought; who may not ask goes without.
func (p *Publisher) connected(ctx context.Context, c *goredis.Conn) error {
	info, err := c.Info(ctx, "server").Result()
	p.headed.Store(err == nil && majorVersion(info) >= 7)
	p.declared.forget()
	return nil
}

// majorVersion reads the answer of INFO server; 0 when it names no version.
func majorVersion(info string) int {
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(line, "redis_version:"); ok {
			major, _, _ := strings.Cut(version, ".")
			n, err := strconv.Atoi(major)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
