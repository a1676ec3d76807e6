package redis_test

import (
	"testing"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

func BenchmarkPublish(b *testing.B) {
	brokertest.Benchmark(b, open(b, testenv.Redis(b), redis.Config{}))
}
