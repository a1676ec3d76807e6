package redisstore

import (
	"net"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/redisdial"
)

// options are those of the client library. With sentinels every connection is used for a short time only, so that a master
// that was replaced and does not know it yet is soon left.
func options(urls []broker.URL, c Config) *goredis.Options {
	u := urls[0]
	o := &goredis.Options{
		Username: u.User, Password: u.Password(), DB: u.DB,
		Dialer:        redisdial.New(urls, c.Sentinel, net.Dialer{}).Dial,
		DialerRetries: 1, ReadTimeout: timeout, WriteTimeout: timeout, ContextTimeoutEnabled: true,
		MaxRetries: -1, // the caller knows whether a call may be repeated
		PoolSize:   c.MaxConns, ConnMaxLifetime: c.Sentinel.ConnLifetime(urls), DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if u.Sentinel() {
		o.OnConnect = redisdial.VerifyMaster
	}
	return o
}
