package brokertest

import (
	"testing"

	"go.uber.org/goleak"
)

// Run tests a publisher; fresh makes the harness of an empty broker for each test.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	tests := []struct {
		name string
		test func(t *testing.T, h Harness)
	}{
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
		{"memory of batches", testLookup},
		{"takeover", testTakeOver},
		{"takeover in wrong order", testStaleTakeOver},
		{"publishing without a fence", testUnfenced},
		{"broker away and back", testAway},
		{"leader's broker away and back", testLeaderAway},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			leak := goleak.IgnoreCurrent()
			t.Run("", func(t *testing.T) { tt.test(t, fresh(t)) }) // its cleanups run before the leak check
			goleak.VerifyNone(t, leak)
		})
	}
}
