package amqp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// refusing returns a listener for servers that ask for a certificate of the authority, and their settings.
func refusing(t *testing.T, a *testenv.Authority) (net.Listener, *tls.Config) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(a.Issue(t, "server", "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert}
}

// refuse makes a handshake with one client, and resets the connection as a server does that has not read all.
func refuse(ctx context.Context, l net.Listener, c *tls.Config) (handshake, err error) {
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	handshake = tls.Server(conn, c).HandshakeContext(ctx)
	err = conn.(*net.TCPConn).SetLinger(0)
	return handshake, errors.Join(err, conn.Close())
}

// TestRefusedCertificate has a server that asks for a certificate, gets none, and has ended the connection before the
// client writes for the first time.
func TestRefusedCertificate(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	l, settings := refusing(t, authority)
	pem, err := os.ReadFile(authority.CA)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	ended := make(chan error, 1)
	go func() {
		_, err := refuse(t.Context(), l, settings)
		ended <- err
	}()
	client, err := (&tls.Dialer{Config: &tls.Config{RootCAs: trusted}}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	_, err = amqp.NewFramedConn(client).Write([]byte("AMQP\x00\x00\x09\x01"))
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("got %v, want what the server said", err)
	}
}

// TestRefusedPublisher connects often, for what of a connection's end is noticed first is left to chance.
func TestRefusedPublisher(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	l, settings := refusing(t, authority)
	const attempts = 50
	var servers sync.WaitGroup
	servers.Go(func() {
		for range attempts {
			if handshake, err := refuse(t.Context(), l, settings); handshake == nil || err != nil {
				t.Errorf("handshake: %v, %v", handshake, err)
			}
		}
	})
	p := open(t, "amqps://"+l.Addr().String()+"//?ssl_ca_certs="+authority.CA, amqp.Config{})
	for range attempts {
		err := p.Check(t.Context())
		if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("got %v, want what the server said", err)
		}
	}
	servers.Wait()
}
