package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// RedBeatOptions is what of redbeat_redis_options matters here: where the sentinels are that a URL with redis-sentinel://
// stands for.
type RedBeatOptions struct {
	Sentinels []string // HOST:PORT of each
	Service   string   // service_name, under which they watch the master; empty: "master"
	User      string   // username of the master
	Password  Password // password of the master
	DB        int      // db
	Sentinel  Sentinel // sentinel_kwargs
}

// redBeatSentinel begins the URLs that leave the addresses to redbeat_redis_options.
const redBeatSentinel = "redis-sentinel"

// URL returns the list of the sentinels as beat writes it.
func (o *RedBeatOptions) URL() Secret {
	urls := make([]string, len(o.Sentinels))
	for i, address := range o.Sentinels {
		u := url.URL{Scheme: "sentinel", Host: address, Path: "/" + strconv.Itoa(o.DB)}
		if o.User != "" || o.Password != "" {
			u.User = url.UserPassword(o.User, o.Password.Reveal())
		}
		urls[i] = u.String()
	}
	return Secret(strings.Join(urls, ";"))
}

// redBeatOptions is the value of redbeat_redis_options.
type redBeatOptions struct{ to *RedBeatOptions }

func (r redBeatOptions) options() []option {
	return []option{
		{"sentinels", addresses{&r.to.Sentinels}},
		{"service_name", text{&r.to.Service}},
		{"username", text{&r.to.User}},
		{"password", text{(*string)(&r.to.Password)}},
		{"db", count{&r.to.DB}},
		{"sentinel_kwargs", sentinelArguments{&r.to.Sentinel}},
	}
}

func (r redBeatOptions) set(v any) error {
	given, err := toObject(v)
	if err != nil {
		return errors.New(`is not an object such as {"sentinels": [["host", 26379]], "service_name": "mymaster"}`)
	}
	given = maps.Clone(given)
	if given["cluster"] == true || given["startup_nodes"] != nil {
		return errors.New("names a cluster, over whose nodes the keys of RedBeat and those of beat would lie scattered")
	}
	for _, name := range withoutEffectOfRedBeat() {
		delete(given, name)
	}
	var out RedBeatOptions
	if err := setOptions((redBeatOptions{&out}).options(), given); err != nil {
		return err
	}
	*r.to = out
	return nil
}

// withoutEffectOfRedBeat are options of how redis-py connects, and connects again.
func withoutEffectOfRedBeat() []string {
	return []string{
		"cluster", "retry_period", "socket_timeout", "socket_connect_timeout", "socket_keepalive", "socket_keepalive_options",
		"retry_on_timeout", "retry", "retry_on_error", "health_check_interval", "max_connections", "client_name",
		"decode_responses", "protocol",
	}
}

func (r redBeatOptions) show() any {
	out := showOptions(r.options(), (redBeatOptions{&RedBeatOptions{}}).options())
	if _, has := out["password"]; has {
		out["password"] = masked
	}
	return out
}

// hide hides what may hold a password.
func (redBeatOptions) hide(any) string { return masked }

// addresses is a list of pairs of host and port.
type addresses struct{ to *[]string }

func (a addresses) set(v any) error {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return errors.New(problemAddresses)
	}
	out := make([]string, len(list))
	for i, pair := range list {
		parts, _ := pair.([]any)
		port := 0
		if len(parts) != 2 || (number{&port}).set(parts[1]) != nil || port < 1 || port > 65535 {
			return errors.New(problemAddresses)
		}
		host, ok := parts[0].(string)
		if !ok || host == "" {
			return errors.New(problemAddresses)
		}
		out[i] = net.JoinHostPort(host, strconv.Itoa(port))
	}
	*a.to = out
	return nil
}

const problemAddresses = `is not a list of pairs such as [["host", 26379]]`

func (a addresses) show() any { return slices.Clone(*a.to) }

// takeRedBeatSentinels puts the addresses of redbeat_redis_options in the place of a URL that leaves them to it.
func (c *Config) takeRedBeatSentinels() *FieldError {
	o := &c.Beat.RedBeat.Options
	if !strings.HasPrefix(c.Database.URL.Reveal(), redBeatSentinel) {
		return nil
	}
	if len(o.Sentinels) == 0 {
		return &FieldError{
			Field: "redbeat_redis_options", Source: c.Origin("redbeat_redis_options"),
			Problem: fmt.Sprintf("must name the sentinels that %s leaves to it: %s", c.Database.URL, problemAddresses),
		}
	}
	c.Database.URL, c.Database.Sentinel = o.URL(), o.Sentinel
	if c.Database.Sentinel.Master = o.Service; o.Service == "" {
		c.Database.Sentinel.Master = "master"
	}
	return nil
}
