package redbeat_test

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/redbeat"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Open {
		t.Helper()
		url := testenv.Redis(t)
		return func(t *testing.T, namespace string) storetest.Store {
			t.Helper()
			return open(t, redbeat.Config{URL: url, Prefix: namespace + "redbeat:"})
		}
	}, unkept()...)
}

// unkept names what entries of RedBeat cannot hold.
func unkept() []string {
	severalSchedules := []string{"S13", "S14", "S20", "C2", "L14", "L17 deleted or switched off"}
	fields := []string{"S1 every", "S4", "S18 a bad value"}
	// A name is the key: it cannot be changed, and comes again with another entry.
	names := []string{"S3", "S10"}
	noTimeOfChange := []string{"S6"}
	return slices.Concat(severalSchedules, fields, names, noTimeOfChange)
}

// open returns a prepared store that t closes.
func open(t *testing.T, c redbeat.Config) *redbeat.Store {
	t.Helper()
	s, err := redbeat.Open(c)
	return foreigntest.Prepare(t, s, err)
}
