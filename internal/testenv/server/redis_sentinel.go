package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Sentinel is a Redis Sentinel that watches the master under a name. Two of them must agree that it is down. Extra
// arguments are lines of its configuration file.
func Sentinel(name string, master *Server) Kind {
	k := Redis()
	k.Name = "redis-sentinel"
	k.ready = "+monitor master " + name
	k.prepare = func(_ context.Context, s *Server) error {
		lines := append([]string{
			"port " + strconv.Itoa(s.port(0)),
			"bind " + host,
			"dir " + s.dir,
			"sentinel monitor " + name + " " + host + " " + strconv.Itoa(master.port(0)) + " 2",
			"sentinel down-after-milliseconds " + name + " 500",
			"sentinel failover-timeout " + name + " 2000",
		}, s.args...)
		if err := os.WriteFile(sentinelFile(s), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			return fmt.Errorf("writing the configuration: %w", err)
		}
		return nil
	}
	k.command = func(s *Server, _ []string) *exec.Cmd {
		return foreground(s.kind.find("redis-server"), sentinelFile(s), "--sentinel")
	}
	k.url = func(s *Server) string { return "sentinel://" + address(s.port(0)) }
	return k
}

// SentinelTLS is a Sentinel that takes and makes connections with TLS only.
func SentinelTLS(name string, master *Server, files TLSFiles) Kind {
	k := Sentinel(name, master)
	k.Name = "redis-sentinel-tls"
	prepare := k.prepare
	k.prepare = func(ctx context.Context, s *Server) error {
		s.args = append(s.args,
			"port 0",
			"tls-port "+strconv.Itoa(s.port(0)),
			"tls-ca-cert-file "+files.CA,
			"tls-cert-file "+files.Cert,
			"tls-key-file "+files.Key,
			"tls-replication yes",
		)
		return prepare(ctx, s)
	}
	return k
}

// sentinelFile is the configuration, which a sentinel also keeps its state in.
func sentinelFile(s *Server) string { return filepath.Join(s.dir, "sentinel.conf") }
