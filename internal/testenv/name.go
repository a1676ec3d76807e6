package testenv

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
)

// freshName returns a name that no other test of the run uses.
func freshName() string { return fmt.Sprintf("beat_%016x", rand.Uint64()) }

// within returns the server's URL with another path, its database or virtual host.
func within(t testing.TB, base, path string) string {
	t.Helper()
	u, err := url.Parse(base)
	check(t, err)
	u.Path = "/" + path
	return u.String()
}
