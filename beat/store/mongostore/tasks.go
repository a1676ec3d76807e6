package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// document is a task as it is stored. Its id is NAMESPACE/TASK.
type document struct {
	ID        string   `bson:"_id"`
	Namespace string   `bson:"namespace"`
	Name      string   `bson:"name"`
	Version   int64    `bson:"version"`
	Body      bson.Raw `bson:"body"`
}

// pack makes the body readable to people and their tools: fields instead of a text.
func (d *database) pack(doc docstore.Document) (document, error) {
	var body bson.Raw
	if err := bson.UnmarshalExtJSON(doc.Body, false, &body); err != nil {
		return document{}, fmt.Errorf("store task %q: %w", doc.Name, err)
	}
	return document{d.base + doc.ID, d.namespace, doc.Name, doc.Version, body}, nil
}

// unpack undoes pack. A body that is no JSON document stays empty, which makes the task's entry a bad one.
func (d *database) unpack(stored document) docstore.Document {
	body, err := bson.MarshalExtJSON(stored.Body, false, false)
	if err != nil {
		body = nil
	}
	return docstore.Document{
		ID: strings.TrimPrefix(stored.ID, d.base), Name: stored.Name, Version: stored.Version, Body: body,
	}
}

// Get returns those of the documents that are there.
func (d *database) Get(ctx context.Context, ids []string) ([]docstore.Document, error) {
	if len(ids) == 1 {
		return d.find(ctx, byID(d.base+ids[0]), options.Find())
	}
	keys := make(bson.A, len(ids))
	for i, id := range ids {
		keys[i] = d.base + id
	}
	return d.find(ctx, byID(bson.D{{Key: "$in", Value: keys}}), options.Find())
}

// Page returns documents with an id of from or behind it, ascending.
func (d *database) Page(ctx context.Context, from string, limit int) ([]docstore.Document, error) {
	// "0" is the character after the "/" that ends a namespace.
	between := bson.D{
		{Key: "$gte", Value: d.base + from}, {Key: "$lt", Value: strings.TrimSuffix(d.base, "/") + "0"},
	}
	return d.find(ctx, byID(between), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
}

// Named returns the document with a name, if there is one.
func (d *database) Named(ctx context.Context, name string) ([]docstore.Document, error) {
	return d.find(ctx, d.named(name), options.Find())
}

// named chooses the tasks with a name.
func (d *database) named(name string) bson.D {
	return bson.D{{Key: "namespace", Value: d.namespace}, {Key: "name", Value: name}}
}

// byID chooses the documents with an id, or with ids that a condition chooses.
func byID(ids any) bson.D { return bson.D{{Key: "_id", Value: ids}} }

// find reads the documents that a filter chooses.
func (d *database) find(ctx context.Context, filter bson.D, how *options.FindOptionsBuilder) ([]docstore.Document, error) {
	cursor, err := d.tasks.Find(ctx, filter, how)
	if err != nil {
		return nil, failed(ctx, "read tasks", err)
	}
	var stored []document
	if err := cursor.All(ctx, &stored); err != nil {
		return nil, failed(ctx, "read tasks", err)
	}
	found := make([]docstore.Document, len(stored))
	for i := range stored {
		found[i] = d.unpack(stored[i])
	}
	return found, nil
}

// maxTask leaves room for the rest in the 16 MiB of a document.
const maxTask = 15 << 20

// Check returns *beat.EntryError for a document that MongoDB does not take.
func (d *database) Check(doc docstore.Document) error {
	refuse := func(value, problem string) error {
		return &beat.EntryError{ID: beat.EntryID(doc.ID), Name: doc.Name, Field: "task", Value: value, Problem: problem}
	}
	stored, err := d.pack(doc)
	if err != nil {
		return refuse(doc.Name, err.Error())
	}
	if size := len(stored.Body) + len(stored.Name); size > maxTask {
		return refuse(fmt.Sprintf("%d bytes", size),
			fmt.Sprintf("is too large, MongoDB holds %d bytes of a task with its schedules", maxTask))
	}
	return nil
}

// Create adds a document.
func (d *database) Create(ctx context.Context, doc docstore.Document) error {
	stored, err := d.pack(doc)
	if err != nil {
		return err
	}
	if _, err = d.tasks.InsertOne(ctx, stored); mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("name %q: %w", doc.Name, beat.ErrExists)
	}
	if err != nil {
		return failed(ctx, "add a task", err)
	}
	return nil
}

// Replace writes doc in the place of old.
func (d *database) Replace(ctx context.Context, old, doc docstore.Document) error {
	stored, err := d.pack(doc)
	if err != nil {
		return err
	}
	done, err := d.tasks.ReplaceOne(ctx, d.exactly(old), stored)
	switch {
	case mongo.IsDuplicateKeyError(err):
		return fmt.Errorf("name %q: %w", doc.Name, beat.ErrExists)
	case err != nil && old.Name != doc.Name && d.taken(ctx, doc):
		// FerretDB does not say why it refuses an update.
		return fmt.Errorf("name %q: %w: %w", doc.Name, beat.ErrExists, err)
	case err != nil:
		return failed(ctx, "replace a task", err)
	case done.MatchedCount == 0:
		return beat.ErrConflict
	}
	return nil
}

// taken tells whether another task has the name of doc.
func (d *database) taken(ctx context.Context, doc docstore.Document) bool {
	others := bson.E{Key: "_id", Value: bson.D{{Key: "$ne", Value: d.base + doc.ID}}}
	n, err := d.tasks.CountDocuments(ctx, append(d.named(doc.Name), others))
	return err == nil && n > 0
}

// Delete removes a document.
func (d *database) Delete(ctx context.Context, doc docstore.Document) error {
	done, err := d.tasks.DeleteOne(ctx, d.exactly(doc))
	switch {
	case err != nil:
		return failed(ctx, "delete a task", err)
	case done.DeletedCount == 0:
		return beat.ErrConflict
	}
	return nil
}

// exactly chooses a document as it was read.
func (d *database) exactly(doc docstore.Document) bson.D {
	return bson.D{{Key: "_id", Value: d.base + doc.ID}, {Key: "version", Value: doc.Version}}
}

// noCollection tells whether an error says that a collection does not exist.
func noCollection(err error) bool {
	const namespaceNotFound = 26
	var command mongo.CommandError
	return errors.As(err, &command) && command.Code == namespaceNotFound
}
