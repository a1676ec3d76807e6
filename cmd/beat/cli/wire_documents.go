package cli

import (
	"context"
	"fmt"

	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// inDocuments tells whether the entries lie in a database of documents.
func inDocuments(cfg *config.Config) bool {
	switch scheme(cfg.Database.URL) {
	case "mongodb", "dynamodb":
		return true
	}
	return false
}

func newDocumentStore(ctx context.Context, cfg config.Config) (*docstore.Store, error) {
	if kind := cfg.Beat.Kind(); kind != config.KindNative && kind != config.KindApp {
		return nil, &config.FieldError{
			Field: "beat_scheduler", Value: cfg.Beat.Scheduler, Source: cfg.Origin("beat_scheduler"),
			Problem: "keeps its tables in an SQL database, which database_url does not name",
		}
	}
	st, err := openDocumentStore(ctx, &cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

func openDocumentStore(ctx context.Context, cfg *config.Config) (*docstore.Store, error) {
	address := cfg.Database.URL.Reveal()
	if scheme(cfg.Database.URL) == "dynamodb" {
		return dynamostore.Open(ctx, dynamostore.Config{URL: address, Namespace: cfg.Database.Namespace})
	}
	return mongostore.Open(mongostore.Config{
		URL: address, Namespace: cfg.Database.Namespace, MaxConns: mongostore.DefaultMaxConns + cfg.Beat.Shards - 1,
	})
}
