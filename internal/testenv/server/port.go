package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken below the range from which the kernel serves outgoing connections (32768 and up). From inside that
// range, a port could be lost to any connection while its server is stopped, and a client that keeps reconnecting to
// it could even connect to itself.
const (
	lowestPort  = 20000
	highestPort = 32000
	portTries   = 1000
)

// ports are reserved port numbers.
type ports struct {
	numbers []int
	claims  []net.Listener
}

// freePorts reserves n ports of the loopback address on which nobody listens.
func freePorts(ctx context.Context, n int) (*ports, error) {
	p := &ports{}
	for range portTries {
		if len(p.numbers) == n {
			return p, nil
		}
		p.try(ctx, lowestPort+rand.IntN(highestPort-lowestPort))
	}
	p.release()
	return nil, fmt.Errorf("finding %d free ports between %d and %d", n, lowestPort, highestPort)
}

// try reserves one port, if it is free. The claim, a socket name without a file, keeps the other test binaries from
// choosing the same port before the server listens and while it is stopped; it ends with this process at the latest.
func (p *ports) try(ctx context.Context, port int) {
	var config net.ListenConfig
	claim, err := config.Listen(ctx, "unix", fmt.Sprintf("@gobeat-test-port-%d", port))
	if err != nil {
		return
	}
	listener, err := config.Listen(ctx, "tcp", address(port))
	if err != nil {
		claim.Close()
		return
	}
	listener.Close()
	p.numbers = append(p.numbers, port)
	p.claims = append(p.claims, claim)
}

func (p *ports) release() {
	for _, claim := range p.claims {
		claim.Close()
	}
}

func address(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// host is the only address servers listen on.
const host = "127.0.0.1"
