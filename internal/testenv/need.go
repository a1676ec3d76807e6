package testenv

import (
	"os"
	"testing"
)

// need returns when err is nil. Otherwise the test ends: skipped, or failed where everything is required.
func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("BEAT_TEST_REQUIRE") == "1":
		t.Fatalf("BEAT_TEST_REQUIRE=1, but: %v", err)
	default:
		t.Skipf("%v; \"make test\" installs what is missing", err)
	}
}

// check ends the test when an operation of the test environment itself did not work.
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("test environment: %v", err)
	}
}
