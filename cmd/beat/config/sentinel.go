package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gobeat/gobeat/broker"
)

// sentinelArguments is sentinel_kwargs: what redis-py is told of connections to the sentinels.
type sentinelArguments struct{ to *Sentinel }

func (s sentinelArguments) set(v any) error {
	given, err := toObject(v)
	if err != nil {
		return err
	}
	var tls broker.TLS
	secure := false
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := s.take(name, given[name], &secure, &tls); err != nil {
			return fmt.Errorf("has a wrong %s: it %w", name, err)
		}
	}
	if s.to.TLS = nil; secure {
		s.to.TLS = &tls
	}
	return nil
}

func (s sentinelArguments) take(name string, v any, secure *bool, tls *broker.TLS) error {
	switch name {
	case "username":
		return text{&s.to.User}.set(v)
	case "password":
		return text{(*string)(&s.to.Password)}.set(v)
	case "ssl":
		return truth{secure}.set(v)
	case "socket_timeout", "socket_connect_timeout", "socket_keepalive", "socket_keepalive_options", "retry_on_timeout",
		"health_check_interval", "client_name", "max_connections", "db":
		return nil // a sentinel is asked within the time for connecting
	}
	return sslOption(tls, name, v)
}

func (s sentinelArguments) show() any {
	out := map[string]any{}
	if s.to.User != "" {
		out["username"] = s.to.User
	}
	if s.to.Password != "" {
		out["password"] = s.to.Password
	}
	if s.to.TLS != nil {
		out["ssl"] = true
		for name, v := range showTLS(*s.to.TLS) {
			out["ssl_"+name] = v
		}
	}
	return out
}
