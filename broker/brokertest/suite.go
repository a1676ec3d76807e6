package brokertest

import (
	"testing"

	"go.uber.org/goleak"
)

type test struct {
	name string
	run  func(t *testing.T, h Harness)
}

// Run tests a publisher; fresh makes the harness of an empty broker for each test. No goroutine may be left behind,
// except what the options name.
func Run(t *testing.T, fresh func(t *testing.T) Harness, ignore ...goleak.Option) {
	t.Helper()
	run(t, []test{
		{"message arrives as it is", testArrives},
		{"order is kept", testOrder},
		{"priorities arrive", testPriorities},
		{"exchange and routing key", testExchange},
		{"unroutable message", testUnroutable},
		{"missing exchange", testMissingExchange},
		{"foreign queue", testSpoiled},
		{"empty batch", testEmpty},
		{"batch of 1000", func(t *testing.T, h Harness) { testBatch(t, h, 1000) }},
		{"batch of 5000", func(t *testing.T, h Harness) { testBatch(t, h, 5000) }},
		{"large message", testLarge},
		{"several batches at once", testConcurrent},
		{"same batch twice", testTwice},
		{"skipped messages", testSkipped},
		{"memory of batches", testLookup},
		{"takeover", testTakeOver},
		{"takeover in wrong order", testStaleTakeOver},
		{"publishing without a fence", testUnfenced},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	}, fresh, ignore)
}

// RunOutage tests a publisher whose broker goes away and comes back, for which the harness has Stop and Start. Such a
// server is often one for all tests, hence a suite of its own.
func RunOutage(t *testing.T, fresh func(t *testing.T) Harness, ignore ...goleak.Option) {
	t.Helper()
	run(t, []test{{"broker away and back", testAway}, {"leader's broker away and back", testLeaderAway}}, fresh, ignore)
}

func run(t *testing.T, tests []test, fresh func(t *testing.T) Harness, ignore []goleak.Option) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			options := append([]goleak.Option{goleak.IgnoreCurrent()}, ignore...)
			t.Run("", func(t *testing.T) { tt.run(t, fresh(t)) }) // its cleanups run before the leak check
			goleak.VerifyNone(t, options...)
		})
	}
}
