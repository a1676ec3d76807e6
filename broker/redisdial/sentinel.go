package redisdial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/broker"
)

// Lifetime is how long a connection to a master is used unless Sentinel says otherwise. A master that sentinels replace by
// order is not told for about eight seconds, so it is left before, and what it would lose remains little.
const Lifetime = 2 * time.Second

// errNotMaster is what a connection ends with that a sentinel sent to a server which does not, or not yet, lead. It wraps
// nothing, because the client library would unwrap it.
var errNotMaster = errors.New("the server that the sentinels name is not a master")

// Sentinel says how the master is found. Its password is only ever sent to the sentinels.
type Sentinel struct {
	Master    string      // master_name; needed
	MinOthers int         // min_other_sentinels: a sentinel that sees fewer others is not believed
	User      string      // sentinel_kwargs: username
	Password  string      // sentinel_kwargs: password
	TLS       *broker.TLS // sentinel_kwargs: ssl and ssl_…; nil: connections to the sentinels are plain

	Lifetime time.Duration // of a connection to a master; default Lifetime
}

// LogValue keeps the password out of logs.
func (s Sentinel) LogValue() slog.Value {
	return slog.GroupValue(slog.String("master", s.Master), slog.Int("min_others", s.MinOthers))
}

// String keeps the password out of what is printed.
func (s Sentinel) String() string { return s.LogValue().String() }

// GoString does the same for %#v.
func (s Sentinel) GoString() string { return s.String() }

// ConnLifetime is how long a connection of these URLs is used; 0: for ever.
func (s Sentinel) ConnLifetime(urls []broker.URL) time.Duration {
	if !urls[0].Sentinel() {
		return 0
	}
	return cmp.Or(s.Lifetime, Lifetime)
}

// Check says what the URLs of a list must have in common. Of sentinels, only the first names user, password and database, as
// with kombu.
func (s Sentinel) Check(urls []broker.URL) error {
	if len(urls) == 0 {
		return errors.New("no URL of Redis")
	}
	if s.Lifetime < 0 || s.MinOthers < 0 {
		return errors.New("min_other_sentinels and the lifetime of connections must not be negative")
	}
	first := urls[0]
	for _, u := range urls {
		if u.Driver() != broker.DriverRedis {
			return errors.New("a URL is not one of Redis")
		}
		if u.Sentinel() != first.Sentinel() {
			return errors.New("the URLs of a list are all of them sentinel://, or none is")
		}
		if !u.Sentinel() && (u.DB != first.DB || u.User != first.User || u.Password() != first.Password()) {
			return errors.New("the URLs of a Redis failover list must agree in user, password and database")
		}
	}
	if first.Sentinel() && s.Master == "" {
		return errors.New("sentinel:// needs master_name: the name under which the sentinels watch the master")
	}
	if !first.Sentinel() && s != (Sentinel{}) {
		return fmt.Errorf("master_name, sentinel_kwargs and min_other_sentinels go with sentinel://, not with %s://", first.Scheme)
	}
	return nil
}

// master asks one sentinel and returns the URL of the master. Each connection asks anew, so that one made after a
// failover goes to the new master.
func (d *Dialer) master(ctx context.Context, at broker.URL) (broker.URL, error) {
	login := at.WithLogin(d.sentinel.User, d.sentinel.Password)
	login.TLS = d.sentinel.TLS
	client := goredis.NewSentinelClient(&goredis.Options{
		Username: login.User, Password: login.Password(),
		Dialer:                   func(ctx context.Context, _, _ string) (net.Conn, error) { return login.DialWith(ctx, &d.net) },
		ContextTimeoutEnabled:    true,
		DialerRetries:            1,
		MaxRetries:               -1,
		PoolSize:                 1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	defer client.Close()
	_, address := at.Address()
	state, err := client.Master(ctx, d.sentinel.Master).Result()
	if err != nil {
		return broker.URL{}, fmt.Errorf("ask sentinel %s for master %q: %w", address, d.sentinel.Master, err)
	}
	host, port, err := d.sentinel.read(state)
	if err != nil {
		return broker.URL{}, fmt.Errorf("sentinel %s, master %q: %w", address, d.sentinel.Master, err)
	}
	return d.urls[0].At(host, port), nil
}

// read takes the address out of the answer of SENTINEL MASTER, under the conditions of redis-py: a master that is not
// down, seen by a sentinel that sees enough others.
func (s Sentinel) read(state map[string]string) (host string, port int, err error) {
	flags := strings.Split(state["flags"], ",")
	if !slices.Contains(flags, "master") || slices.Contains(flags, "s_down") || slices.Contains(flags, "o_down") {
		return "", 0, fmt.Errorf("it is down or no master (flags %.80q)", state["flags"])
	}
	if s.MinOthers > 0 {
		others, err := strconv.Atoi(state["num-other-sentinels"])
		if err != nil || others < s.MinOthers {
			return "", 0, fmt.Errorf("it sees %.20q other sentinels, min_other_sentinels wants %d", state["num-other-sentinels"], s.MinOthers)
		}
	}
	port, err = strconv.Atoi(state["port"])
	if err != nil || port < 1 || port > 65535 || state["ip"] == "" {
		return "", 0, fmt.Errorf("its address %.80q with port %.20q is none", state["ip"], state["port"])
	}
	return state["ip"], port, nil
}

// VerifyMaster wants that a new connection leads to a master. Its errors wrap nothing, because the client library would
// unwrap them.
func VerifyMaster(ctx context.Context, c *goredis.Conn) error {
	role, err := c.Do(ctx, "ROLE").Slice()
	if err != nil {
		return err
	}
	if len(role) == 0 || role[0] != "master" {
		return errNotMaster
	}
	return nil
}
