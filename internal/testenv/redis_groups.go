package testenv

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// StartRedisTLS starts a Redis server for this test alone that takes connections with TLS only, from clients with a
// certificate of the authority; its own is for the names localhost and redis.test.
func StartRedisTLS(t testing.TB, a *Authority, args ...string) *server.Server {
	t.Helper()
	cert, key := a.Issue(t, "server", "localhost", "redis.test")
	return start(t, server.RedisTLS(server.TLSFiles{CA: a.CA, Cert: cert, Key: key}), args)
}

// StartRedisReplica starts a Redis server for this test alone that follows another one and has its data already; args are
// more arguments of redis-server.
func StartRedisReplica(t testing.TB, master *server.Server, args ...string) *server.Server {
	t.Helper()
	return start(t, server.RedisReplica(master), append([]string{"--repl-diskless-sync-delay", "0"}, args...))
}

// Passwords of what StartSentinels starts.
const (
	SentinelPassword = "of the sentinels"
	MasterPassword   = "of-the-master"
)

// SentinelMaster is the name under which the sentinels of StartSentinels watch their master.
const SentinelMaster = "beat-master"

// Sentinels are three sentinels that watch a master with one replica. Each asks for SentinelPassword, master and replica
// for MasterPassword.
type Sentinels struct {
	Master, Replica *server.Server
	Nodes           []*server.Server
}

// StartSentinels starts sentinels, master and replica for this test alone. It returns when the sentinels know each other
// and the replica, so that they can replace the master from then on.
func StartSentinels(t testing.TB) *Sentinels {
	t.Helper()
	login := []string{"--requirepass", MasterPassword, "--masterauth", MasterPassword, "--repl-diskless-sync-delay", "0"}
	s := &Sentinels{Master: start(t, server.Redis(), login)}
	s.Replica = start(t, server.RedisReplica(s.Master), login)
	lines := []string{
		`requirepass "` + SentinelPassword + `"`,
		`sentinel sentinel-pass "` + SentinelPassword + `"`,
		"sentinel auth-pass " + SentinelMaster + " " + MasterPassword,
	}
	for range 3 {
		s.Nodes = append(s.Nodes, start(t, server.Sentinel(SentinelMaster, s.Master), lines))
	}
	for _, node := range s.Nodes {
		check(t, meetOthers(t.Context(), node.URL()))
	}
	return s
}

// URL returns the list of the sentinels with the password of the master.
func (s *Sentinels) URL() string {
	urls := make([]string, len(s.Nodes))
	for i, node := range s.Nodes {
		urls[i] = withMasterPassword(node.URL())
	}
	return strings.Join(urls, ";")
}

// MasterURL returns the URL of the first master with its password.
func (s *Sentinels) MasterURL() string { return withMasterPassword(s.Master.URL()) }

func withMasterPassword(url string) string {
	return strings.Replace(url, "://", "://:"+MasterPassword+"@", 1)
}

// Failover runs an action that ends the master's work and returns when a sentinel says that the replica took its place.
func (s *Sentinels) Failover(t testing.TB, action func() error) {
	t.Helper()
	client := sentinelClient(s.Nodes[0].URL())
	defer client.Close()
	events := client.Subscribe(t.Context(), "+switch-master")
	defer events.Close()
	_, err := events.Receive(t.Context())
	check(t, err)
	check(t, action())
	_, err = events.ReceiveMessage(t.Context())
	check(t, err)
}

// Order makes the sentinels replace a master that is well, as an operator would. For about eight seconds the former master
// goes on as if nothing had happened.
func (s *Sentinels) Order(ctx context.Context) error {
	client := sentinelClient(s.Nodes[0].URL())
	defer client.Close()
	return client.Failover(ctx, SentinelMaster).Err()
}

// StartSentinelTLS starts one sentinel for a server of StartRedisTLS, under the name SentinelMaster. Its certificate and the
// one that clients need are of the same authority; it is for the address 127.0.0.1.
func StartSentinelTLS(t testing.TB, a *Authority, master *server.Server) *server.Server {
	t.Helper()
	cert, key := a.Issue(t, "sentinel", "127.0.0.1")
	return start(t, server.SentinelTLS(SentinelMaster, master, server.TLSFiles{CA: a.CA, Cert: cert, Key: key}), nil)
}

// meetOthers waits until a sentinel knows both others and the replica. It looks again after each that it meets.
func meetOthers(ctx context.Context, url string) error {
	client := sentinelClient(url)
	defer client.Close()
	events := client.Subscribe(ctx, "+sentinel", "+slave")
	defer events.Close()
	if _, err := events.Receive(ctx); err != nil {
		return fmt.Errorf("listening to %s: %w", url, err)
	}
	for {
		state, err := client.Master(ctx, SentinelMaster).Result()
		if err != nil {
			return fmt.Errorf("asking %s: %w", url, err)
		}
		if state["num-other-sentinels"] == "2" && state["num-slaves"] == "1" {
			return nil
		}
		if _, err := events.ReceiveMessage(ctx); err != nil {
			return fmt.Errorf("listening to %s: %w", url, err)
		}
	}
}

func sentinelClient(url string) *redis.SentinelClient {
	return redis.NewSentinelClient(&redis.Options{
		Addr: strings.TrimPrefix(url, "sentinel://"), Password: SentinelPassword, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// StartRedisCluster starts a Redis Cluster of three masters for this test alone and returns its nodes.
func StartRedisCluster(t testing.TB, args ...string) []*server.Server {
	t.Helper()
	nodes := make([]*server.Server, 3)
	for i := range nodes {
		nodes[i] = start(t, server.RedisNode(), args)
	}
	check(t, server.ClusterRedis(t.Context(), nodes...))
	return nodes
}

// Valkey is Redis with a Valkey server. As Debian 12 has it in its backports only, the test is skipped where
// BEAT_TEST_VALKEY_URL names no server and none is installed, also when everything is required.
func Valkey(t testing.TB) string {
	t.Helper()
	kind := server.Valkey()
	url := sharedURL(t, kind)
	if url == "" {
		t.Skipf("%v, and %s is not set", kind.Installed(), kind.URLVariable())
	}
	return freshDatabase(t, url)
}

// sharedURL returns the URL of a server that need not be there, or "".
func sharedURL(t testing.TB, kind server.Kind) string {
	t.Helper()
	if url := os.Getenv(kind.URLVariable()); url != "" {
		return url
	}
	if kind.Installed() != nil {
		return ""
	}
	return start(t, kind, nil).URL()
}
