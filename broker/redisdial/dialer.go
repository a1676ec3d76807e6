package redisdial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/broker"
)

// A Dialer connects to the first of several addresses that answers, beginning with the one that answered last; with
// sentinels, to the master that they name. Names are looked up anew each time. It is safe for concurrent use.
type Dialer struct {
	urls     []broker.URL
	sentinel Sentinel
	net      net.Dialer
	current  atomic.Int64
}

// New returns a dialer for URLs that Check found good. It takes keep-alive and the like from the net.Dialer.
func New(urls []broker.URL, s Sentinel, by net.Dialer) *Dialer {
	return &Dialer{urls: urls, sentinel: s, net: by}
}

// Dial is what the client library calls for each new connection; network and address are those of the URLs.
func (d *Dialer) Dial(ctx context.Context, _, _ string) (conn net.Conn, err error) {
	err = d.each(ctx, func(ctx context.Context, u broker.URL) error {
		if d.urls[0].Sentinel() {
			if u, err = d.master(ctx, u); err != nil {
				return err
			}
		}
		conn, err = u.DialWith(ctx, &d.net)
		return err
	})
	return conn, err
}

// each tries the addresses until one does. When ctx ends sometime, no address is given all of what is left.
func (d *Dialer) each(ctx context.Context, try func(ctx context.Context, u broker.URL) error) error {
	var failures []error
	start, n := d.current.Load(), int64(len(d.urls))
	for i := range n {
		at := (start + i) % n
		err := within(ctx, n-i, func(ctx context.Context) error { return try(ctx, d.urls[at]) })
		if err == nil {
			d.current.CompareAndSwap(start, at) // unless Next was called meanwhile
			return nil
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// within gives f its share of the time that is left for several attempts.
func within(ctx context.Context, attempts int64, f func(ctx context.Context) error) error {
	if end, limited := ctx.Deadline(); limited && attempts > 1 {
		short, cancel := context.WithTimeout(ctx, time.Until(end)/time.Duration(attempts))
		defer cancel()
		ctx = short
	}
	return f(ctx)
}

// Next makes the next connection begin with the following address.
func (d *Dialer) Next() {
	n := d.current.Load()
	d.current.CompareAndSwap(n, (n+1)%int64(len(d.urls)))
}

// Addresses returns all addresses, as places where a cluster can be asked for its nodes.
func (d *Dialer) Addresses() []string {
	out := make([]string, len(d.urls))
	for i, u := range d.urls {
		_, out[i] = u.Address()
	}
	return out
}

// DialNode connects to a node that a cluster named, under the TLS settings of the first URL.
func (d *Dialer) DialNode(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the cluster names a node by %.80q: %w", address, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("the cluster names a node by %.80q: its port is no number", address)
	}
	return d.urls[0].At(host, n).DialWith(ctx, &d.net)
}
