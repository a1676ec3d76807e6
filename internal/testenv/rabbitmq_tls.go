package testenv

import (
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// StartRabbitMQTLS starts a RabbitMQ server for this test alone that takes connections with TLS only from clients with a
// certificate of the authority; its own is for the names localhost and rabbit.test and the address 127.0.0.1. Clients log
// in with the password of the URL, or by their certificate (EXTERNAL) as the user of its common name. Lines are added to
// rabbitmq.conf. With -short the test is skipped.
func StartRabbitMQTLS(t testing.TB, a *Authority, lines ...string) *server.Server {
	t.Helper()
	long(t)
	cert, key := a.Issue(t, "server", "localhost", "rabbit.test", "127.0.0.1")
	return start(t, server.RabbitMQTLS(server.TLSFiles{CA: a.CA, Cert: cert, Key: key}), lines)
}
