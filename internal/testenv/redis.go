package testenv

import (
	"context"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// redisCounter is the key in database 0 from which test binaries take numbers.
const redisCounter = "gobeat-test-databases"

// Redis returns the URL of an empty database with a number of its own, redis://HOST:PORT/NUMBER, which is flushed when
// the test ends. Pub/sub channels and configuration are shared with the other tests.
func Redis(t testing.TB) string {
	t.Helper()
	kind := server.Redis()
	return freshDatabase(t, variable(t, kind, kind.URLVariable()))
}

// freshDatabase returns the URL of an empty database of a server.
func freshDatabase(t testing.TB, base string) string {
	t.Helper()
	number, err := nextRedisDatabase(t.Context(), base)
	check(t, err)
	url := within(t, base, strconv.Itoa(number))
	check(t, flushRedis(t.Context(), url))
	t.Cleanup(func() { check(t, flushRedis(context.Background(), url)) })
	return url
}

// nextRedisDatabase takes the next number between 1 and the server's last database. INCR makes it race-free between
// processes; the numbers come round again only after all of them were used.
func nextRedisDatabase(ctx context.Context, url string) (int, error) {
	client, err := redisClient(url)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	settings, err := client.ConfigGet(ctx, "databases").Result()
	if err != nil {
		return 0, err
	}
	count, err := strconv.ParseInt(settings["databases"], 10, 64)
	if err != nil {
		return 0, err
	}
	taken, err := client.Incr(ctx, redisCounter).Result()
	if err != nil {
		return 0, err
	}
	return int((taken-1)%(count-1)) + 1, nil
}

func flushRedis(ctx context.Context, url string) error {
	client, err := redisClient(url)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.FlushDB(ctx).Err()
}

func redisClient(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return redis.NewClient(options), nil
}
