package gormstore_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	faultproxy "github.com/gobeat/gobeat/internal/fault/proxy"
	"github.com/gobeat/gobeat/internal/testenv"
)

// A leader that is stopped while its claim is at the server holds up no takeover: the claim is one statement, which
// needs nobody to be committed.
func TestLeaderStoppedInAClaim(t *testing.T) {
	t.Parallel()
	direct := testenv.PostgreSQL(t)
	p, err := faultproxy.Listen(t.Context(), direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.Address()
	s := open(t, gormstore.Config{URL: u.String()})
	e := add(t, s, "one")
	l := lead(t, s)
	at := start(t, s, l, e)

	held := make(chan struct{})
	p.At(faultproxy.Claimed, faultproxy.Withhold, func(n int) bool {
		if n == 1 {
			close(held)
		}
		return true
	})
	ctx, wake := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = s.Claim(ctx, l, newBatch(beat.Decision{ID: e[0].ID, Prev: at, To: at.Add(time.Second), Fire: true}))
	}()
	<-held
	limit, cancel := context.WithTimeout(t.Context(), 3*time.Second) // less than after what the server ends such sessions
	defer cancel()
	if _, err := raw(t, direct).ExecContext(limit, "update beat_lease set epoch = epoch + 1"); err != nil {
		t.Errorf("the takeover had to wait: %v", err)
	}
	wake()
	<-ended
}
