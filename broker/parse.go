package broker

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a broker URL, or several separated by semicolons of which a driver uses the first that answers. It
// follows kombu: percent-decoding of user, password and virtual host, "//" at the end for the virtual host "/", a text
// without scheme as an AMQP host name. All of them must be of one driver. Errors are *URLError.
func Parse(text string) ([]URL, error) {
	var urls []URL
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := parseOne(part)
		if err != nil {
			return nil, &URLError{URL: mask(part), Problem: err.Error(), Err: notSupported(err)}
		}
		if len(urls) > 0 && urls[0].Driver() != u.Driver() {
			return nil, &URLError{URL: mask(part), Problem: "the URLs of a list must be of one kind of broker"}
		}
		if len(urls) > 0 && urls[0].Sentinel() != u.Sentinel() {
			return nil, &URLError{URL: mask(part), Problem: "the URLs of a list are all of them sentinel://, or none is"}
		}
		urls = append(urls, u)
	}
	if len(urls) == 0 {
		return nil, &URLError{Problem: "it is empty; write for instance amqp://user:password@host:5672//"}
	}
	return urls, nil
}

func notSupported(err error) error {
	if errors.Is(err, ErrNotSupported) {
		return ErrNotSupported
	}
	return nil
}

// mask returns what of a text that cannot be parsed is surely no part of a password: not what stands before an @, not
// what should be a port and is none (half a password, when a special character in it was not encoded).
func mask(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "", text
	} else {
		scheme += "://"
	}
	rest, _, _ = strings.Cut(rest, "?") // arguments may hold a password, too
	user := ""
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, rest = "**@", rest[at+1:]
	}
	if host, port, ok := strings.Cut(rest, ":"); ok && !strings.HasPrefix(rest, "[") {
		port, path, _ := strings.Cut(port, "/")
		if _, err := strconv.Atoi(port); err != nil {
			return scheme + user + host + ":**"
		}
		rest = host + ":" + port + "/" + path
	}
	return scheme + user + rest
}

// parts are the pieces of a URL before any meaning is given to them.
type parts struct {
	user, password, host, port, path string
	hasPath                          bool
}

func parseOne(text string) (URL, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		if strings.ContainsAny(text, ":/@") {
			return URL{}, errors.New("it has no scheme; write amqp://host:port// or redis://host:port/0")
		}
		scheme, rest = "amqp", text
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "amqp", "amqps", "pyamqp", "redis", "rediss", "redis+socket", "unix", "sentinel":
	default:
		return URL{}, fmt.Errorf("scheme %.20q is %w; use amqp, amqps, redis, rediss, redis+socket or sentinel",
			scheme, ErrNotSupported)
	}
	if strings.Contains(rest, "#") {
		return URL{}, errors.New("it holds a #; write %23 instead")
	}
	rest, query, _ := strings.Cut(rest, "?")
	p, err := split(rest)
	if err != nil {
		return URL{}, err
	}
	u := URL{Scheme: scheme, User: p.user, password: p.password, Host: p.host}
	arguments, err := readArguments(&u, query, &p)
	if err != nil {
		return URL{}, err
	}
	switch scheme {
	case "redis+socket", "unix":
		err = u.finishSocket(p, arguments)
	case "redis", "rediss":
		err = u.finishRedis(p, 6379)
	case "sentinel":
		err = u.finishRedis(p, 26379)
	default:
		err = u.finishAMQP(p)
	}
	return u, err
}

// split takes authority and path apart and decodes them.
func split(rest string) (p parts, err error) {
	authority, path, hasPath := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		if p.user, err = unquote("user", user); err != nil {
			return p, err
		}
		if p.password, err = unquote("password", password); err != nil {
			return p, err
		}
		authority = authority[at+1:]
	}
	host := authority
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return p, errors.New("the host has [ without ]")
		}
		host, p.port = host[1:end], strings.TrimPrefix(host[end+1:], ":")
	} else {
		host, p.port, _ = strings.Cut(host, ":")
	}
	if p.host, err = unquote("host", host); err != nil {
		return p, err
	}
	p.host = strings.ToLower(p.host)
	p.hasPath = hasPath
	p.path, err = unquote("path", path)
	return p, err
}

// unquote decodes percent signs; a plus stays a plus. The error does not repeat the value.
func unquote(what, s string) (string, error) {
	out, err := url.PathUnescape(s)
	if err != nil || !utf8.ValidString(out) {
		return "", fmt.Errorf("%s: a %% must be followed by two hex digits of UTF-8 text; write %%25 for the sign itself", what)
	}
	return out, nil
}

// Ports of AMQP when a URL names none.
const (
	portAMQP  = 5672
	portAMQPS = 5671
)

func (u *URL) finishAMQP(p parts) error {
	port := portAMQP
	if u.TLS == nil && u.Scheme == "amqps" {
		u.TLS = &TLS{}
	}
	if u.TLS != nil {
		port = portAMQPS
	}
	if u.Host == "" || u.Host == "localhost" { // as kombu does, so that ::1 is not tried
		u.Host = "127.0.0.1"
	}
	if u.User == "" {
		u.User = "guest"
	}
	if u.password == "" {
		u.password = "guest"
	}
	u.VHost = p.path
	if u.VHost == "" {
		u.VHost = "/"
	}
	return u.setPort(p.port, port)
}

func (u *URL) finishRedis(p parts, port int) error {
	if u.TLS == nil && u.Scheme == "rediss" {
		u.TLS = &TLS{}
	}
	if u.Host == "" {
		u.Host = "127.0.0.1"
	}
	if err := u.setDB(strings.Trim(p.path, "/")); err != nil {
		return err
	}
	return u.setPort(p.port, port)
}

// finishSocket reads redis+socket://[user:password@]/path?virtual_host=1.
func (u *URL) finishSocket(p parts, arguments url.Values) error {
	if p.host != "" || !p.hasPath || p.path == "" {
		return errors.New("a socket URL is written redis+socket:///path/of/socket, with three slashes")
	}
	u.Host, u.Socket = "", "/"+p.path
	return u.setDB(arguments.Get("virtual_host"))
}

func (u *URL) setPort(text string, standard int) error {
	if text == "" {
		u.Port, u.noPort = standard, true
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return errors.New("the port must be a number of 1 to 65535 (special characters in user and password need percent-encoding)")
	}
	u.Port = n
	return nil
}

func (u *URL) setDB(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("the database must be a number, not %.40q", text)
	}
	u.DB = n
	return nil
}
