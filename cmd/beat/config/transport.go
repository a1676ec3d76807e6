package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// transport is the value of broker_transport_options.
type transport struct{ to *Transport }

// An option is one of them with its place.
type option struct {
	name  string
	value value
}

// options returns those that have an effect.
func (t *Transport) options() []option {
	return append(t.Sentinel.options(), []option{
		{"global_keyprefix", text{&t.KeyPrefix}},
		{"sep", text{&t.Sep}},
		{"deadletter_queue", text{&t.DeadLetterQueue}},
		{"priority_steps", steps{&t.PrioritySteps}},
		{"fanout_prefix", fanoutPrefix{t}},
		{"fanout_patterns", negation{&t.NoFanoutPatterns}},
		{"body_encoding", choice{&t.BodyEncoding, []string{BodyBase64, BodyUTF8}}},
		{"login_method", login{&t.LoginMethod}},
		{"client_properties", textMap{&t.ClientProperties}},
		{"socket_timeout", span{&t.SocketTimeout}},
		{"socket_connect_timeout", span{&t.ConnectTimeout}},
		{"socket_keepalive", negation{&t.NoKeepAlive}},
		{"max_connections", count{&t.MaxConnections}},
		{"client_name", text{&t.ClientName}},
	}...)
}

// withoutEffect are options of consumers, and of how kombu finds out that a connection is lost.
func withoutEffect() []string {
	return []string{
		"visibility_timeout", "ack_emulation", "unacked_key", "unacked_index_key", "unacked_mutex_key", "unacked_mutex_expire",
		"unacked_restore_limit", "unacked_restore_interval", "unacked_restore_throttle", "queue_order_strategy",
		"polling_interval", "brpop_timeout", "retry_on_timeout", "health_check_interval", "reauth_check_interval",
		"socket_keepalive_options", "confirm_publish", "max_retries", "interval_start", "interval_step", "interval_max",
		"connect_retries_timeout", "socket_settings", "read_timeout", "write_timeout", "connect_timeout", "on_blocked",
		"on_unblocked", "confirm_timeout",
	}
}

// whyRefused says why an option that means something cannot be obeyed.
func whyRefused(name string) string {
	switch name {
	case "sentinel_fanout_compat":
		return "is not supported: it serves listeners of kombu before 5.4; upgrade those first"
	case "credential_provider":
		return "is not supported: it names a class of Python; give user and password in the URL"
	}
	return ""
}

func (t transport) set(v any) error {
	given, err := toObject(v)
	if err != nil {
		return err
	}
	var out Transport
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := out.take(name, given[name]); err != nil {
			return fmt.Errorf("has a wrong %s: it %w", name, err)
		}
	}
	*t.to = out
	return nil
}

// slip is how many letters of a typing error differ at most; with more, an option may be one of another transport.
const slip = 2

// take sets one option; null means that it is not given. Unknown options are passed over, as in kombu, unless they look
// like a typing error: messages might go to other keys than those where workers look.
func (t *Transport) take(name string, v any) error {
	if reason := whyRefused(name); reason != "" && v != nil && v != false {
		return errors.New(reason)
	}
	known := withoutEffect()
	for _, o := range t.options() {
		if o.name == name && v != nil {
			return o.value.set(v)
		}
		known = append(known, o.name)
	}
	if near := Nearest(name, known); near != "" && near != name && distance(name, near) <= slip {
		return errors.New("is not known; did you mean " + near + "?")
	}
	return nil
}

func (t transport) show() any { return showOptions(t.to.options(), (&Transport{}).options()) }

// showOptions shows those that differ from the standard.
func showOptions(options, standard []option) map[string]any {
	out := map[string]any{}
	for i, o := range options {
		if v := o.value.show(); !reflect.DeepEqual(v, standard[i].value.show()) {
			out[o.name] = v
		}
	}
	return out
}

// hide returns the value for an error message. Where a password may stand, everything is hidden: it may stand under a
// misspelt name, or in a text that is no object.
func (t transport) hide(v any) string {
	shown := fmt.Sprint(v)
	given, err := toObject(v)
	_, holds := given["sentinel_kwargs"]
	if holds || given["password"] != nil || err != nil && strings.Contains(shown, "pass") {
		return masked
	}
	return shown
}

// steps is an ascending list of priorities.
type steps struct{ to *[]int }

func (s steps) set(v any) error {
	list, ok := v.([]any)
	if !ok {
		return errors.New("is not a list of whole numbers")
	}
	out := make([]int, len(list))
	for i, n := range list {
		if err := (number{&out[i]}).set(n); err != nil {
			return errors.New("is not a list of whole numbers")
		}
	}
	if !slices.IsSorted(out) || (len(out) > 0 && out[0] < 0) {
		return errors.New("is not an ascending list of numbers from 0")
	}
	*s.to = out
	return nil
}

func (s steps) show() any { return *s.to }

// fanoutPrefix is a text, or a truth value.
type fanoutPrefix struct{ to *Transport }

func (f fanoutPrefix) set(v any) error {
	if on, ok := v.(bool); ok {
		f.to.NoFanoutPrefix = !on
		return nil
	}
	return text{&f.to.FanoutPrefix}.set(v)
}

func (f fanoutPrefix) show() any {
	if f.to.NoFanoutPrefix {
		return false
	}
	return f.to.FanoutPrefix
}

// negation is a truth value that is kept the other way round, so that the zero value is kombu's default.
type negation struct{ to *bool }

func (n negation) set(v any) error {
	on := true
	err := truth{&on}.set(v)
	*n.to = !on
	return err
}

func (n negation) show() any { return !*n.to }

// count is a whole number that is not negative.
type count struct{ to *int }

func (c count) set(v any) error {
	n := 0
	if err := (number{&n}).set(v); err != nil {
		return err
	}
	if n < 0 {
		return errors.New("is negative")
	}
	*c.to = n
	return nil
}

func (c count) show() any { return *c.to }
