package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// Dial opens the network connection of a URL, with TLS where it says so. Host names are looked up anew and the files
// of the certificates read anew each time.
func (u URL) Dial(ctx context.Context) (net.Conn, error) { return u.DialWith(ctx, &net.Dialer{}) }

// DialWith is Dial with a dialer of the caller, who wants other keep-alive probes, for instance.
func (u URL) DialWith(ctx context.Context, d *net.Dialer) (net.Conn, error) {
	network, address := u.Address()
	conn, err := d.DialContext(ctx, network, address)
	if err != nil || u.TLS == nil {
		return conn, err
	}
	config, err := u.TLS.Config(u.Host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secured, nil
}
