package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gobeat/gobeat/broker"
)

// errNotMaster is what a connection ends with that a sentinel sent to a server which does not, or not yet, lead.
var errNotMaster = errors.New("the server that the sentinels name is not a master")

// master asks one sentinel and returns the URL of the master. Each connection asks anew, so that one made after a
// failover goes to the new master.
func (d *dialer) master(ctx context.Context, at broker.URL) (broker.URL, error) {
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

// verifyRole wants that a new connection leads to a master.
func verifyRole(ctx context.Context, c *goredis.Conn) error {
	role, err := c.Do(ctx, "ROLE").Slice()
	if err != nil {
		return err
	}
	if len(role) == 0 || role[0] != "master" {
		return errNotMaster
	}
	return nil
}
