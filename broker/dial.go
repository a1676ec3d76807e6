package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// Dial opens the network connection of a URL, with TLS where it says so. Host names are looked up anew and the files
// of the certificates read anew each time.
func (u URL) Dial(ctx context.Context) (net.Conn, error) {
	network, address := u.Address()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
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
