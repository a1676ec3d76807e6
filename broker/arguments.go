package broker

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// arguments reads what stands behind the question mark of a URL.
type arguments struct {
	url   *URL
	parts *parts
	tls   TLS
}

// readArguments puts the arguments of a URL in their places and refuses what it does not know.
func readArguments(u *URL, query string, p *parts) (url.Values, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("the arguments behind ? cannot be read")
	}
	a := arguments{url: u, parts: p}
	u.noTLS = true
	for _, name := range sortedNames(values) {
		if err := a.take(name, values.Get(name)); err != nil {
			return nil, err
		}
	}
	if u.Driver() == DriverAMQP && !slices.Contains([]string{"", "PLAIN", "AMQPLAIN", "EXTERNAL"}, u.LoginMethod) {
		return nil, fmt.Errorf("login_method %.20q is %w; use PLAIN, AMQPLAIN or EXTERNAL", u.LoginMethod, ErrNotSupported)
	}
	return values, nil
}

// sortedNames makes the error of a URL with several mistakes always the same one.
func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (a *arguments) take(name, value string) error {
	u := a.url
	switch name {
	case "connect_timeout":
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || !(seconds > 0) || seconds > 3600 {
			return errors.New("connect_timeout must be a number of seconds up to 3600")
		}
		u.ConnectTimeout = time.Duration(seconds * float64(time.Second))
	case "login_method":
		u.LoginMethod = strings.ToUpper(value)
	case "userid":
		u.User = value
	case "password":
		u.password = value
	case "port":
		a.parts.port = value
	case "virtual_host":
		if u.Scheme != "redis+socket" && u.Scheme != "unix" {
			a.parts.path = value
		}
	case "heartbeat", "insist": // Celery's beat never applies the first, kombu ignores the second
	case "ssl":
		if value == "true" || value == "True" || value == "1" {
			u.TLS = &a.tls
		}
	default:
		return a.takeRest(name, value)
	}
	return nil
}

// takeRest takes the arguments of TLS. Others are refused: kombu hands them to a constructor that does not know them.
func (a *arguments) takeRest(name, value string) error {
	switch {
	case name == "credential_provider":
		return fmt.Errorf("argument credential_provider is %w: it names a class of Python", ErrNotSupported)
	case name == "db" && a.url.Driver() == DriverRedis:
		return errors.New(`argument "db" is unknown; the database is the path of the URL, or virtual_host with a socket`)
	case !strings.HasPrefix(name, "ssl_"):
		return fmt.Errorf("argument %.40q is unknown", name)
	}
	if err := a.tls.Set(name, value); err != nil {
		return fmt.Errorf("argument %.40q %w", name, err)
	}
	a.url.TLS, a.url.noTLS = &a.tls, false
	return nil
}
