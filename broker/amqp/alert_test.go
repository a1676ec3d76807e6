package amqp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestRefusedCertificate has a server that asks for a certificate, gets none, and has ended the connection before the
// client writes for the first time.
func TestRefusedCertificate(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	pair, err := tls.LoadX509KeyPair(authority.Issue(t, "server", "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(authority.CA)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- refuse(l, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert})
	}()
	client, err := (&tls.Dialer{Config: &tls.Config{RootCAs: trusted}}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := <-ended; err == nil {
		t.Fatal("the server took a client without certificate")
	}
	if _, err := amqp.NewFramedConn(client).Write([]byte("AMQP\x00\x00\x09\x01")); err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("got %v, want what the server said", err)
	}
}

// refuse makes a handshake with one client, and resets the connection as a server does that has not read all.
func refuse(l net.Listener, c *tls.Config) error {
	conn, err := l.Accept()
	if err != nil {
		return nil //nolint:nilerr // the caller wants that the handshake goes wrong
	}
	handshake := tls.Server(conn, c).Handshake()
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		return nil //nolint:nilerr // the same
	}
	conn.Close()
	return handshake
}
