package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/gobeat/gobeat/broker"
)

// URLs returns the addresses that messages are sent to, with the TLS settings of those that bring none. Errors are
// *FieldError and hold no password.
func (c *Config) URLs() ([]broker.URL, error) {
	name := "broker_url"
	if c.Broker.WriteURL != "" {
		name = "broker_write_url"
	}
	urls, err := broker.Parse(c.Broker.Effective().Reveal())
	if err != nil {
		problem := err.Error()
		if e, ok := errors.AsType[*broker.URLError](err); ok {
			problem = "is no broker URL: " + e.Problem
		}
		return nil, &FieldError{
			Field: name, Value: c.Broker.Effective().String(), Source: c.Origin(name), Problem: problem,
		}
	}
	for i := range urls {
		urls[i] = urls[i].WithTLS(c.Broker.TLS)
		if method := c.Broker.Transport.LoginMethod; method != "" { // kombu lets this one win
			urls[i].LoginMethod = method
		}
	}
	return urls, nil
}

// useSSL is the value of broker_use_ssl: a truth value, or the arguments of Python's ssl under the names that amqp
// or redis-py give them.
type useSSL struct{ to **broker.TLS }

func (s useSSL) set(v any) error {
	on := false
	if err := (truth{&on}).set(v); err == nil {
		*s.to = nil
		if on {
			*s.to = &broker.TLS{}
		}
		return nil
	}
	options, err := toObject(v)
	if err != nil {
		return errors.New("is not true, false or an object with ca_certs, certfile, keyfile, cert_reqs")
	}
	out := &broker.TLS{}
	for name, v := range options {
		if err := sslOption(out, strings.TrimPrefix(name, "ssl_"), v); err != nil {
			return fmt.Errorf("has a wrong %s: it %w", name, err)
		}
	}
	*s.to = out
	return nil
}

// sslOption takes one argument. One that is null is not given.
func sslOption(t *broker.TLS, name string, v any) error {
	switch v.(type) {
	case nil:
		return nil
	case string, bool, int, int64, float64:
		return t.Set(name, fmt.Sprint(v))
	}
	return errors.New("is no text, number or truth value")
}

func (s useSSL) show() any {
	if *s.to == nil {
		return false
	}
	out := showTLS(**s.to)
	if len(out) == 0 {
		return true
	}
	return out
}

// showTLS returns what differs from the default.
func showTLS(t broker.TLS) map[string]any {
	out := map[string]any{}
	for name, v := range map[string]string{
		"ca_certs": t.CAFile, "ca_path": t.CAPath, "ca_data": t.CAData, "certfile": t.CertFile, "keyfile": t.KeyFile,
		"server_hostname": t.ServerName,
	} {
		if v != "" {
			out[name] = v
		}
	}
	if t.Insecure {
		out["cert_reqs"] = "none"
	}
	if t.AnyName {
		out["check_hostname"] = false
	}
	if t.MinVersion == tls.VersionTLS13 {
		out["min_version"] = "TLSv1_3"
	}
	return out
}
