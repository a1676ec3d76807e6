package server

import (
	"context"
	"os/exec"
	"strconv"
)

// RedisNode is Redis as a node of a cluster that ClusterRedis makes.
func RedisNode() Kind {
	k := Redis()
	k.Name = "redis-node"
	k.programs = []string{"redis-server", "redis-cli"}
	busPort := k.ports
	k.ports++
	k.command = func(s *Server, args []string) *exec.Cmd {
		all := append([]string{
			"--cluster-enabled", "yes",
			"--cluster-port", strconv.Itoa(s.port(busPort)),
			"--cluster-node-timeout", "2000",
		}, args...)
		// A cluster has one database.
		return commandRedis(s, append(all, "--databases", "1"))
	}
	return k
}

// ClusterRedis joins nodes into a cluster in which each is the master of an equal part of the slots. It returns when all
// of them serve.
func ClusterRedis(ctx context.Context, nodes ...*Server) error {
	args := []string{"--cluster", "create"}
	for _, n := range nodes {
		args = append(args, address(n.port(0)))
	}
	args = append(args, "--cluster-replicas", "0", "--cluster-yes")
	if err := quietly(exec.CommandContext(ctx, nodes[0].kind.find("redis-cli"), args...)); err != nil {
		return err
	}
	// They agree on the slots by now, but each begins to serve in its own time.
	for _, n := range nodes {
		if err := n.Await(ctx, "Cluster state changed: ok"); err != nil {
			return err
		}
	}
	return nil
}
