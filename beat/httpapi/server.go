package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Address completes an address: without a host, "9808" and ":9808" mean the loopback interface. The error names what
// is wanted.
func Address(text string) (string, error) {
	if !strings.Contains(text, ":") {
		text = ":" + text
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "" {
		return "", fmt.Errorf("%.80q is not an address such as 9808, 127.0.0.1:9808 or 0.0.0.0:9808", text)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// Server serves a handler on one address.
type Server struct {
	http   http.Server
	listen net.Listener
	done   chan error
}

// Start listens on the address and serves until Close. It fails when the address cannot be used.
func Start(ctx context.Context, address string, h http.Handler) (*Server, error) {
	address, err := Address(address)
	if err != nil {
		return nil, err
	}
	listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve health on %s: %w", address, err)
	}
	s := &Server{
		http: http.Server{
			Handler:           h,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       5 * time.Second,
			WriteTimeout:      10 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    16 << 10,
		},
		listen: listen,
		done:   make(chan error, 1),
	}
	go func() { s.done <- s.http.Serve(listen) }()
	return s, nil
}

// Address returns the address that is served.
func (s *Server) Address() string { return s.listen.Addr().String() }

// Close stops serving; requests under way are cut off, since a probe asks again.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
