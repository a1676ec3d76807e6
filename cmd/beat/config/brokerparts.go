package config

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// BrokerParts are settings that name the broker piece by piece, as before there were URLs. What the URL says itself wins.
type BrokerParts struct {
	Transport string   // broker_transport: the scheme when there is none; empty: amqp
	Host      string   // broker_host: name, or a whole URL; only without broker_url
	Port      int      // broker_port; 0: that of the scheme
	User      string   // broker_user
	Password  Password // broker_password
	VHost     string   // broker_vhost: virtual host, or number of the Redis database
}

func (p *BrokerParts) fields() []field {
	return []field{
		{"broker_transport", []string{"BROKER_BACKEND"}, text{&p.Transport}},
		{"broker_host", nil, text{&p.Host}},
		{"broker_port", nil, port{number{&p.Port}}},
		{"broker_user", nil, text{&p.User}},
		{"broker_password", nil, password{&p.Password}},
		{"broker_vhost", nil, text{&p.VHost}},
	}
}

// takeBrokerParts completes the URLs of the broker.
func (c *Config) takeBrokerParts() {
	p := c.Broker.Parts
	if p == (BrokerParts{}) {
		return
	}
	if c.Origin("broker_url") == FromDefault && c.Broker.WriteURL == "" {
		c.Broker.URL = Secret(cmp.Or(p.Host, "localhost"))
		for _, name := range []string{"broker_host", "broker_transport", "broker_user", "broker_password", "broker_vhost", "broker_port"} {
			if from := c.Origin(name); from != FromDefault {
				c.origins["broker_url"] = from
				break
			}
		}
	}
	for _, u := range []*Secret{&c.Broker.URL, &c.Broker.WriteURL} {
		if *u != "" {
			*u = Secret(p.complete(u.Reveal()))
		}
	}
}

// complete adds to each URL of a list what it leaves open, as kombu does. A text without a scheme is the name of a host.
func (p *BrokerParts) complete(list string) string {
	urls := strings.Split(list, ";")
	for i, u := range urls {
		u = strings.TrimSpace(u)
		scheme, rest, ok := strings.Cut(u, "://")
		if !ok {
			scheme, rest = cmp.Or(p.Transport, "amqp"), u
		}
		if u == "" || scheme == "unix" || strings.HasSuffix(scheme, "+socket") {
			continue
		}
		rest, query, hasQuery := strings.Cut(rest, "?")
		authority, path, _ := strings.Cut(rest, "/")
		urls[i] = scheme + "://" + p.login(authority) + "/" + p.path(scheme, path)
		if hasQuery {
			urls[i] += "?" + query
		}
	}
	return strings.Join(urls, ";")
}

// login completes user, password and port.
func (p *BrokerParts) login(authority string) string {
	at := strings.LastIndexByte(authority, '@')
	host := authority[at+1:]
	user, secret, _ := strings.Cut(authority[:max(at, 0)], ":")
	if user == "" {
		user = quoted(p.User)
	}
	if secret == "" {
		secret = quoted(p.Password.Reveal())
	}
	if p.Port != 0 && !strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":") {
		host += ":" + strconv.Itoa(p.Port)
	}
	switch {
	case secret != "":
		return user + ":" + secret + "@" + host
	case user != "":
		return user + "@" + host
	}
	return host
}

// path completes the virtual host.
func (p *BrokerParts) path(scheme, path string) string {
	if path != "" || p.VHost == "" {
		return path
	}
	if strings.Contains(scheme, "amqp") {
		return quoted(p.VHost)
	}
	return quoted(strings.Trim(p.VHost, "/"))
}

// quoted writes a text so that it may stand anywhere in a URL.
func quoted(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// port is the number of a port.
type port struct{ number }

func (p port) set(v any) error {
	if v == nil {
		*p.to = 0
		return nil
	}
	if err := p.number.set(v); err != nil || *p.to < 0 || *p.to > 65535 {
		return errors.New("is not a port: a number of 1 to 65535")
	}
	return nil
}

// takes passes over what Kubernetes puts into variables of such names: a URL of a service that is called broker.
func (p port) takes(variable string) bool { return strings.Trim(variable, "0123456789") == "" }

// password is a text of which nothing is shown.
type password struct{ to *Password }

func (p password) set(v any) error { return text{(*string)(p.to)}.set(v) }
func (p password) show() any       { return *p.to }
