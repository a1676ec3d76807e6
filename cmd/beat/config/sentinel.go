package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gobeat/gobeat/broker"
)

// options returns the settings of sentinels, under the names that broker_transport_options has for them.
func (s *Sentinel) options() []option {
	return []option{
		{"master_name", text{&s.Master}},
		{"min_other_sentinels", count{&s.MinOthers}},
		{"sentinel_kwargs", sentinelArguments{s}},
	}
}

// sentinel is the value of database_sentinel.
type sentinel struct{ to *Sentinel }

func (s sentinel) set(v any) error {
	given, err := toObject(v)
	if err != nil {
		return errors.New(`is not an object such as {"master_name": "mymaster"}`)
	}
	var out Sentinel
	if err := setOptions(out.options(), given); err != nil {
		return err
	}
	*s.to = out
	return nil
}

// setOptions sets those that are given, and refuses what is none of them.
func setOptions(options []option, given map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(options, func(o option) bool { return o.name == name })
		if i < 0 {
			return fmt.Errorf("has a wrong %s: it is not known", name)
		}
		if err := options[i].value.set(given[name]); err != nil {
			return fmt.Errorf("has a wrong %s: it %w", name, err)
		}
	}
	return nil
}

func (s sentinel) show() any { return showOptions(s.to.options(), (&Sentinel{}).options()) }

// hide hides what may hold a password.
func (sentinel) hide(any) string { return masked }

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
