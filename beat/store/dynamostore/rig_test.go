package dynamostore_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

// rigged is a store with what the suite does to its database. Records and their formats are those of all documents.
type rigged struct{ *docstore.Store }

var _ storetest.Rigged = rigged{}

func (rigged) Rig() storetest.Rig { return storetest.Rig{Bare: bare, Invalid: invalid, Wrong: wrong} }

func bare(t *testing.T) (s storetest.Store, command string) {
	t.Helper()
	opened, err := dynamostore.Open(t.Context(), dynamostore.Config{URL: testenv.DynamoDB(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened, "aws dynamodb create-table"
}

func invalid(t *testing.T) (map[string]func() error, storetest.Wire) {
	t.Helper()
	attempts := map[string]func() error{}
	for name, url := range map[string]string{
		"EU_1": "dynamodb://EU_1/table", "a$b": "dynamodb://eu-central-1/a$b", "ab": "dynamodb://eu-central-1/ab",
	} {
		attempts[name] = func() error {
			s, err := dynamostore.Open(t.Context(), dynamostore.Config{URL: url})
			if err == nil {
				_ = s.Close()
			}
			return err
		}
	}
	return attempts, nil
}

func wrong(t *testing.T) map[string]func() (storetest.Store, error) {
	t.Helper()
	return map[string]func() (storetest.Store, error){
		"127.0.0.1:1": func() (storetest.Store, error) {
			return dynamostore.Open(t.Context(), dynamostore.Config{
				URL: "dynamodb://id:" + storetest.Secret + "@eu-central-1/table?endpoint=http://127.0.0.1:1",
			})
		},
	}
}
