package config

import (
	"log/slog"
	"net/url"
	"strings"
)

const masked = "**"

// Secret is a URL that may hold a password. However it is printed, logged or encoded, the password is masked; only
// Reveal returns it.
type Secret string

// Reveal returns the URL as it was given.
func (s Secret) Reveal() string { return string(s) }

// String returns the URL with its password masked. Several URLs may be separated by semicolons.
func (s Secret) String() string {
	parts := strings.Split(string(s), ";")
	for i, p := range parts {
		scheme, rest, ok := strings.Cut(p, "://")
		switch {
		case ok:
			parts[i] = scheme + "://" + maskRest(rest)
		case strings.Contains(string(s), "@"): // a semicolon in a password that was not encoded
			parts[i] = masked
		}
	}
	return strings.Join(parts, ";")
}

// GoString returns the masked form, for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText returns the masked form, for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns the masked form, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Password is a secret of which nothing may be shown. Only Reveal returns it.
type Password string

// Reveal returns the password as it was given.
func (p Password) Reveal() string { return string(p) }

// String returns a mask; empty when there is no password.
func (p Password) String() string {
	if p == "" {
		return ""
	}
	return masked
}

// GoString returns the masked form, for %#v.
func (p Password) GoString() string { return p.String() }

// MarshalText returns the masked form, for encoders.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// LogValue returns the masked form, for log/slog.
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

// maskRest masks what follows the scheme. It works on the text, because a URL that cannot be parsed must not show its
// password either.
func maskRest(rest string) string {
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if user, _, ok := strings.Cut(rest[:at], ":"); ok {
			rest = user + ":" + masked + rest[at:]
		}
	} else {
		rest = maskPort(rest)
	}
	rest, query, ok := strings.Cut(rest, "?")
	if ok {
		rest += "?" + maskQuery(query)
	}
	return rest
}

// maskPort masks what stands in the place of a port and is none: half a URL, whose rest was cut off.
func maskPort(rest string) string {
	authority, path, _ := strings.Cut(rest, "/")
	host, port, ok := strings.Cut(authority, ":")
	if !ok || strings.HasPrefix(authority, "[") || strings.Trim(port, "0123456789") == "" {
		return rest
	}
	if strings.Contains(rest, "/") {
		path = "/" + path
	}
	return host + ":" + masked + path
}

func maskQuery(query string) string {
	args := strings.Split(query, "&")
	for i, arg := range args {
		key, _, ok := strings.Cut(arg, "=")
		name, err := url.QueryUnescape(key)
		if ok && (err != nil || namesSecret(name)) {
			args[i] = key + "=" + masked
		}
	}
	return strings.Join(args, "&")
}

func namesSecret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"pass", "pwd", "secret", "token", "key"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
