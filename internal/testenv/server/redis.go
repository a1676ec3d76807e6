package server

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
)

// redisDatabases is enough for every test of a run to have a number of its own.
const redisDatabases = 1024

// Redis is the Redis server. Extra arguments are those of redis-server; without any it keeps nothing on disk.
func Redis() Kind {
	return Kind{
		Name:     "redis",
		Package:  "redis-server",
		programs: []string{"redis-server"},
		ports:    1,
		ready:    "Ready to accept connections",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  func(context.Context, *Server) error { return nil },
		command:  commandRedis,
		url:      func(s *Server) string { return fmt.Sprintf("redis://%s/0", address(s.port(0))) },
	}
}

func commandRedis(s *Server, args []string) *exec.Cmd {
	return foreground(s.kind.find(s.kind.programs[0]), append([]string{
		"--bind", host,
		"--port", strconv.Itoa(s.port(0)),
		"--dir", s.dir,
		"--databases", strconv.Itoa(redisDatabases),
		"--save", "",
		"--appendonly", "no",
	}, args...)...)
}

// Valkey is the Valkey server, under the same arguments. It is in Debian from release 13 on, and in the backports of 12, so
// it is not among Kinds: nothing that installs the servers could count on it.
func Valkey() Kind {
	k := Redis()
	k.Name, k.Package, k.programs = "valkey", "valkey-server", []string{"valkey-server"}
	return k
}

// RedisTLS is Redis that takes connections with TLS only, from clients with a certificate that the authority of files has
// signed.
func RedisTLS(files TLSFiles) Kind {
	k := Redis()
	k.Name = "redis-tls"
	k.command = func(s *Server, args []string) *exec.Cmd {
		return commandRedis(s, append([]string{
			"--port", "0",
			"--tls-port", strconv.Itoa(s.port(0)),
			"--tls-ca-cert-file", files.CA,
			"--tls-cert-file", files.Cert,
			"--tls-key-file", files.Key,
			"--tls-auth-clients", "yes",
		}, args...))
	}
	k.url = func(s *Server) string { return fmt.Sprintf("rediss://localhost:%d/0", s.port(0)) }
	return k
}

// RedisReplica is Redis that follows the master. It counts as ready when it has all of the master's data.
func RedisReplica(master *Server) Kind {
	k := Redis()
	k.Name = "redis-replica"
	k.ready = "MASTER <-> REPLICA sync: Finished with success"
	k.command = func(s *Server, args []string) *exec.Cmd {
		return commandRedis(s, append([]string{"--replicaof", host + " " + strconv.Itoa(master.port(0))}, args...))
	}
	return k
}
