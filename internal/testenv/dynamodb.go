package testenv

import (
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// DynamoDB returns the URL of a table that nobody else uses and that does not exist yet,
// dynamodb://REGION/TABLE?endpoint=….
func DynamoDB(t testing.TB) string {
	t.Helper()
	kind := server.DynamoDB()
	return within(t, variable(t, kind, kind.URLVariable()), freshName())
}
