package config

import (
	"errors"
	"fmt"
	"slices"
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

// transport is the value of broker_transport_options. Options that only consumers need are passed over.
type transport struct{ to *Transport }

func (t transport) set(v any) error {
	options, err := toObject(v)
	if err != nil {
		return err
	}
	var out Transport
	for name, v := range options {
		if err := out.option(name, v); err != nil {
			return fmt.Errorf("has a wrong %s: it %w", name, err)
		}
	}
	*t.to = out
	return nil
}

func (t *Transport) option(name string, v any) error {
	switch name {
	case "global_keyprefix":
		return text{&t.KeyPrefix}.set(v)
	case "sep":
		return text{&t.Sep}.set(v)
	case "deadletter_queue":
		return text{&t.DeadLetterQueue}.set(v)
	case "priority_steps":
		steps, err := toInts(v)
		t.PrioritySteps = steps
		return err
	case "fanout_prefix":
		if on, ok := v.(bool); ok {
			t.NoFanoutPrefix = !on
			return nil
		}
		return text{&t.FanoutPrefix}.set(v)
	case "login_method":
		return login{&t.LoginMethod}.set(v)
	case "client_properties":
		return textMap{&t.ClientProperties}.set(v)
	case "fanout_patterns":
		on := true
		err := truth{&on}.set(v)
		t.NoFanoutPatterns = !on
		return err
	}
	return nil
}

func toInts(v any) ([]int, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("is not a list of whole numbers")
	}
	out := make([]int, len(list))
	for i, n := range list {
		if err := (number{&out[i]}).set(n); err != nil {
			return nil, errors.New("is not a list of whole numbers")
		}
	}
	if !slices.IsSorted(out) || (len(out) > 0 && out[0] < 0) {
		return nil, errors.New("is not an ascending list of numbers from 0")
	}
	return out, nil
}

func (t transport) show() any {
	out := map[string]any{}
	put := func(name string, v any, given bool) {
		if given {
			out[name] = v
		}
	}
	o := t.to
	put("global_keyprefix", o.KeyPrefix, o.KeyPrefix != "")
	put("sep", o.Sep, o.Sep != "")
	put("deadletter_queue", o.DeadLetterQueue, o.DeadLetterQueue != "")
	put("priority_steps", o.PrioritySteps, o.PrioritySteps != nil)
	put("fanout_prefix", o.FanoutPrefix, o.FanoutPrefix != "")
	put("fanout_prefix", false, o.NoFanoutPrefix)
	put("fanout_patterns", false, o.NoFanoutPatterns)
	put("login_method", o.LoginMethod, o.LoginMethod != "")
	put("client_properties", o.ClientProperties, len(o.ClientProperties) > 0)
	return out
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

func sslOption(t *broker.TLS, name string, v any) error {
	switch name {
	case "ca_certs":
		return text{&t.CAFile}.set(v)
	case "certfile":
		return text{&t.CertFile}.set(v)
	case "keyfile":
		return text{&t.KeyFile}.set(v)
	case "server_hostname":
		return text{&t.ServerName}.set(v)
	case "check_hostname":
		on := true
		err := truth{&on}.set(v)
		t.AnyName = !on
		return err
	case "cert_reqs":
		switch strings.TrimPrefix(strings.ToLower(fmt.Sprint(v)), "cert_") {
		case "required", "optional", "2", "1":
			t.Insecure = false
		case "none", "0":
			t.Insecure = true
		default:
			return errors.New("is not one of required, optional, none")
		}
		return nil
	}
	return errors.New("is not known here")
}

func (s useSSL) show() any {
	if *s.to == nil {
		return false
	}
	t := **s.to
	out := map[string]any{}
	for name, v := range map[string]string{
		"ca_certs": t.CAFile, "certfile": t.CertFile, "keyfile": t.KeyFile, "server_hostname": t.ServerName,
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
	if len(out) == 0 {
		return true
	}
	return out
}
