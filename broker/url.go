package broker

import (
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Names of drivers, as URL.Driver returns them.
const (
	DriverAMQP  = "amqp"
	DriverRedis = "redis"
)

// A URL is one broker address, read as kombu reads it. Printing or logging it never shows the password.
type URL struct {
	Scheme string // amqp, amqps, pyamqp, redis, rediss, redis+socket, unix or sentinel
	Host   string // lower case, without brackets; 127.0.0.1 when the URL names none
	Port   int    // 1..65535, filled with the default of the scheme
	Socket string // path of a Unix socket; then Host and Port are empty
	User   string // "guest" on AMQP when the URL names none
	VHost  string // AMQP: the virtual host, "/" when the URL names none
	DB     int    // Redis: number of the database

	TLS            *TLS          // nil without TLS
	ConnectTimeout time.Duration // argument connect_timeout; 0 when not given
	LoginMethod    string        // AMQP: PLAIN, AMQPLAIN or EXTERNAL; empty when not given

	password string // unexported, so that no encoder of structs writes it

	noPort, noTLS bool // the URL names no port, and no argument of TLS
}

// Password returns the password, "guest" on AMQP when the URL names none.
func (u URL) Password() string { return u.password }

// Driver returns which driver serves the URL: DriverAMQP or DriverRedis.
func (u URL) Driver() string {
	switch u.Scheme {
	case "amqp", "amqps", "pyamqp":
		return DriverAMQP
	}
	return DriverRedis
}

// Address returns network and address as net.Dial takes them.
func (u URL) Address() (network, address string) {
	if u.Socket != "" {
		return "unix", u.Socket
	}
	return "tcp", net.JoinHostPort(u.Host, strconv.Itoa(u.Port))
}

// Sentinel tells whether the address is one of a Redis Sentinel, which knows the address of the master. User, password,
// database and TLS of such a URL are those of the master.
func (u URL) Sentinel() bool { return u.Scheme == "sentinel" }

// At returns the URL with another host and port, for a broker that says where else to go.
func (u URL) At(host string, port int) URL {
	u.Host, u.Port, u.Socket = host, port, ""
	return u
}

// WithLogin returns the URL with another user and password.
func (u URL) WithLogin(user, password string) URL {
	u.User, u.password = user, password
	return u
}

// String returns the URL with its password masked, for logs.
func (u URL) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	if u.User != "" || u.password != "" {
		b.WriteString(url.PathEscape(u.User))
		if u.password != "" {
			b.WriteString(":**")
		}
		b.WriteString("@")
	}
	if u.Socket != "" {
		b.WriteString(u.Socket)
		if u.DB != 0 {
			b.WriteString("?virtual_host=" + strconv.Itoa(u.DB))
		}
		return b.String()
	}
	_, address := u.Address()
	b.WriteString(address + "/")
	if u.Driver() == DriverAMQP {
		b.WriteString(strings.ReplaceAll(url.PathEscape(u.VHost), "%2F", "/"))
	} else {
		b.WriteString(strconv.Itoa(u.DB))
	}
	return b.String()
}

// GoString returns the masked form, so that %#v does not show the password either.
func (u URL) GoString() string { return u.String() }

// MarshalText returns the masked form, so that encoders do not write the password.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// LogValue returns the masked form for log/slog.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }
