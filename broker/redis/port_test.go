package redis_test

import (
	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/redis"
)

var (
	_ beat.Publisher = (*redis.Publisher)(nil)
	_ beat.Memory    = (*redis.Publisher)(nil)
	_ beat.Announcer = (*redis.Publisher)(nil)
)
