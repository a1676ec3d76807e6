package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat"
)

// nameIndex makes sure that the name of a task is taken once.
const nameIndex = "namespace_name"

// Prepare creates the index on names, and with it the collection, or says that it is missing.
func (d *database) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	var built struct {
		Version string `bson:"version"`
	}
	if err := d.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&built); err != nil {
		return failed(ctx, "ask MongoDB what it is", err)
	}
	d.version.Store(built.Version)
	if mode == beat.PrepareCheck {
		return errors.Join(d.check(ctx), d.tryStream(ctx))
	}
	_, err := d.tasks.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys:    bson.D{{Key: "namespace", Value: 1}, {Key: "name", Value: 1}},
		Options: options.Index().SetName(nameIndex).SetUnique(true),
	})
	if err != nil {
		return failed(ctx, "create the index "+nameIndex+" of "+d.tasks.Name(), err)
	}
	return d.tryStream(ctx)
}

func (d *database) check(ctx context.Context) error {
	indexes, err := d.tasks.Indexes().ListSpecifications(ctx)
	if err != nil && !noCollection(err) {
		return failed(ctx, "list the indexes of "+d.tasks.Name(), err)
	}
	for _, index := range indexes {
		if index.Name == nameIndex && index.Unique != nil && *index.Unique {
			return nil
		}
	}
	return fmt.Errorf("the unique index %s is missing; start beat once without migrate: off, or run db.getCollection(%q)."+
		"createIndex({namespace: 1, name: 1}, {name: %q, unique: true}): %w", nameIndex, d.tasks.Name(), nameIndex, beat.ErrMigrate)
}
