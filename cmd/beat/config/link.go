package config

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/broker"
)

// link is what matters of a database URL for who can listen in.
type link struct {
	postgres bool
	host     string // empty: this one
	password bool
	mode     string // what the URL says of TLS, lower case; empty: nothing
}

// databaseLink reads the database URL. A URL that cannot be read gives the zero link; the store tells what is wrong.
func (c *Config) databaseLink() link {
	u, err := url.Parse(c.Database.URL.Reveal())
	if err != nil {
		return link{}
	}
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	l := link{host: u.Hostname()}
	switch scheme {
	case "postgresql", "postgres", "postgis":
		l.postgres = true
	case "mysql", "mariadb":
	default:
		return link{}
	}
	_, l.password = u.User.Password()
	for name, values := range u.Query() {
		switch strings.ReplaceAll(strings.ToLower(name), "-", "_") {
		case "sslmode", "ssl_mode", "tls", "ssl":
			l.mode = strings.ReplaceAll(strings.ToLower(values[0]), "_", "-")
		case "password":
			l.password = true
		case "host", "unix_socket":
			l.host = values[0]
		}
	}
	return l
}

// verified tells whether the server has to prove who it is.
func (l link) verified() bool {
	switch l.mode {
	case "verify-full", "verify-ca", "verify-identity", "true", "1":
		return true
	}
	return false
}

// exposed tells whether a password can be had by whoever sits between.
func (l link) exposed() bool { return l.password && !loopback(l.host) && !l.verified() }

func (l link) remedy() string {
	if l.postgres {
		return "add sslmode=verify-full"
	}
	return "add ssl_mode=verify_identity"
}

// validateLink refuses what looks like protection and is none: TLS that is given up when the other side says so.
func (c *Config) validateLink(add func(field, value, problem string)) {
	l := c.databaseLink()
	switch l.mode {
	case "prefer", "preferred", "allow":
		add("database_url", c.Database.URL.String(),
			"asks for TLS only if the server likes it, which protects from nobody; "+l.remedy()+", or switch TLS off")
	}
}

// linkWarnings tells which passwords go over the network in the clear.
func (c *Config) linkWarnings() []string {
	if c.Beat.Strict {
		return nil // they are errors then
	}
	var out []string
	if urls, err := c.URLs(); err == nil {
		for _, u := range urls {
			if u.Password() != "" && u.TLS == nil && !loopback(u.Host) {
				out = append(out, "broker_url "+u.String()+" sends a password to another host without TLS")
			}
		}
		if c.sentinelsExposed(urls) {
			out = append(out, "broker_transport_options sends the password of sentinel_kwargs to another host without TLS")
		}
	}
	if l := c.databaseLink(); l.exposed() {
		out = append(out, "database_url "+c.Database.URL.String()+
			" sends a password to another host without verified TLS; "+l.remedy())
	}
	return out
}

// sentinelsExposed tells whether the password of the sentinels goes over the network in the clear.
func (c *Config) sentinelsExposed(urls []broker.URL) bool {
	s := c.Broker.Transport.Sentinel
	return s.Password != "" && s.TLS == nil &&
		slices.ContainsFunc(urls, func(u broker.URL) bool { return u.Sentinel() && !loopback(u.Host) })
}

// loopback tells whether a host is this one.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}
