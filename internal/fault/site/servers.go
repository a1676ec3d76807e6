package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// Servers are those that several tests share, started on first use, and those that a test harms and has for itself.
// Its methods are safe for concurrent use.
type Servers struct {
	mu     sync.Mutex
	shared map[string]*server.Server
	all    []*server.Server
	count  int
}

// Shared returns the server of a kind that tests share; none may harm it.
func (s *Servers) Shared(ctx context.Context, kind server.Kind) (*server.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.shared[kind.Name]; have != nil {
		return have, nil
	}
	fresh, err := s.start(ctx, kind)
	if err != nil {
		return nil, err
	}
	if s.shared == nil {
		s.shared = map[string]*server.Server{}
	}
	s.shared[kind.Name] = fresh
	return fresh, nil
}

// Own starts a server for one test. args are more arguments, as server.Start takes them.
func (s *Servers) Own(ctx context.Context, kind server.Kind, args ...string) (*server.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.start(ctx, kind, args...)
}

func (s *Servers) start(ctx context.Context, kind server.Kind, args ...string) (*server.Server, error) {
	fresh, err := server.Start(ctx, kind, args...)
	if err != nil {
		return nil, err
	}
	s.all = append(s.all, fresh)
	return fresh, nil
}

// Close ends all servers.
func (s *Servers) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, one := range s.all {
		errs = append(errs, one.Close())
	}
	s.all, s.shared = nil, nil
	return errors.Join(errs...)
}

func (s *Servers) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return s.count
}

// database makes a new database and returns its URL.
func (s *Servers) database(ctx context.Context, in *server.Server) (string, error) {
	name := "fault_" + strconv.Itoa(s.number())
	admin, err := pgx.Connect(ctx, in.URL())
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return within(in.URL(), name)
}

// place makes a place of its own in a broker and returns its URL: a virtual host of RabbitMQ, a database of Redis.
func (s *Servers) place(ctx context.Context, in *server.Server) (string, error) {
	name := strconv.Itoa(s.number())
	if in.APIURL() == "" {
		return within(in.URL(), name)
	}
	name = "fault_" + name
	target, err := url.JoinPath(in.APIURL(), "api", "vhosts", name)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, target, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("make a virtual host: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return "", fmt.Errorf("make virtual host %s: %s", name, response.Status)
	}
	return within(in.URL(), name)
}

// within returns a URL with another path.
func within(base, path string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("read URL of a server: %w", err)
	}
	u.Path, u.RawPath = "/"+path, ""
	return u.String(), nil
}

// Through returns a URL that leads to the same place by another address.
func Through(target, address string) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("read URL of a server: %w", err)
	}
	u.Host = address
	return u.String(), nil
}
