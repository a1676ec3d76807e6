package dynamostore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// maxTask leaves room for the rest in the 400 KB of an item.
const maxTask = 380 << 10

const unchanged = "version = :version"

func (d *database) tasks() string { return d.base + "tasks" }

// name is the key of the item that takes a name. The name itself may be longer than a key.
func (d *database) name(name string) item {
	sum := sha256.Sum256([]byte(name))
	return key(d.base+"name/"+hex.EncodeToString(sum[:]), "name")
}

// row is a task as it is stored.
func (d *database) row(doc docstore.Document) (item, error) {
	if size := len(doc.Body) + len(doc.Name); size > maxTask {
		return nil, &beat.EntryError{
			ID: beat.EntryID(doc.ID), Name: doc.Name, Field: "task", Value: fmt.Sprintf("%d bytes", size),
			Problem: fmt.Sprintf("is too large, DynamoDB holds %d bytes of a task with its schedules", maxTask),
		}
	}
	row := key(d.tasks(), doc.ID)
	row["name"], row["version"], row["body"] = text(doc.Name), number(doc.Version), text(string(doc.Body))
	return row, nil
}

func documents(rows []item) []docstore.Document {
	found := make([]docstore.Document, len(rows))
	for i, row := range rows {
		found[i] = docstore.Document{
			ID: row.text(sort), Name: row.text("name"), Version: row.number("version"), Body: []byte(row.text("body")),
		}
	}
	return found
}

// Get returns those of the documents that are there.
func (d *database) Get(ctx context.Context, ids []string) ([]docstore.Document, error) {
	rows, err := d.get(ctx, d.tasks(), ids)
	if err != nil {
		return nil, failed(ctx, "read tasks", err)
	}
	return documents(rows), nil
}

// Page returns documents with an id of from or behind it, ascending.
func (d *database) Page(ctx context.Context, from string, limit int) ([]docstore.Document, error) {
	if from == "" {
		from = " " // a key cannot be empty, and this is before all ids
	}
	rows, err := d.query(ctx, d.tasks(), ">=", from, true, limit)
	if err != nil {
		return nil, failed(ctx, "read tasks", err)
	}
	return documents(rows), nil
}

// Named returns the document with a name, if there is one.
func (d *database) Named(ctx context.Context, name string) ([]docstore.Document, error) {
	answer, err := d.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: d.table, Key: d.name(name), ConsistentRead: aws.Bool(true),
	}, d.reads)
	if err != nil {
		return nil, failed(ctx, "look up a name", err)
	}
	if len(answer.Item) == 0 {
		return nil, nil
	}
	return d.Get(ctx, []string{item(answer.Item).text("task")})
}

// Check returns *beat.EntryError for a document that is too large.
func (d *database) Check(doc docstore.Document) error {
	_, err := d.row(doc)
	return err
}

// Create adds a document.
func (d *database) Create(ctx context.Context, doc docstore.Document) error {
	row, err := d.row(doc)
	if err != nil {
		return err
	}
	err = d.together(ctx, d.take(doc), types.TransactWriteItem{Put: &types.Put{
		TableName: d.table, Item: row, ConditionExpression: aws.String("attribute_not_exists(pk)"),
	}})
	return outcome(ctx, "add a task", doc, err)
}

// Replace writes doc in the place of old.
func (d *database) Replace(ctx context.Context, old, doc docstore.Document) error {
	row, err := d.row(doc)
	if err != nil {
		return err
	}
	put := &types.Put{
		TableName: d.table, Item: row, ConditionExpression: aws.String(unchanged),
		ExpressionAttributeValues: item{":version": number(old.Version)},
	}
	if old.Name == doc.Name {
		_, err = d.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
			ExpressionAttributeValues: put.ExpressionAttributeValues,
		})
	} else {
		err = d.together(ctx, d.take(doc), types.TransactWriteItem{Put: put}, d.free(old))
	}
	return outcome(ctx, "replace a task", doc, err)
}

// Delete removes a document.
func (d *database) Delete(ctx context.Context, doc docstore.Document) error {
	err := d.together(ctx, d.free(doc), types.TransactWriteItem{Delete: &types.Delete{
		TableName: d.table, Key: key(d.tasks(), doc.ID), ConditionExpression: aws.String(unchanged),
		ExpressionAttributeValues: item{":version": number(doc.Version)},
	}})
	return outcome(ctx, "delete a task", doc, err)
}

// take takes a name unless another task has it.
func (d *database) take(doc docstore.Document) types.TransactWriteItem {
	row := d.name(doc.Name)
	row["task"] = text(doc.ID)
	return types.TransactWriteItem{Put: &types.Put{
		TableName: d.table, Item: row, ConditionExpression: aws.String("attribute_not_exists(pk)"),
	}}
}

// free gives a name up.
func (d *database) free(doc docstore.Document) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: d.table, Key: d.name(doc.Name)}}
}

// together carries out all of the writes or none.
func (d *database) together(ctx context.Context, writes ...types.TransactWriteItem) error {
	_, err := d.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	return err
}

// outcome says why a write was refused. The first of several takes a name, if one is taken.
func outcome(ctx context.Context, what string, doc docstore.Document, err error) error {
	var changed *types.ConditionalCheckFailedException
	var canceled *types.TransactionCanceledException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &changed):
		return beat.ErrConflict
	case !errors.As(err, &canceled):
		return failed(ctx, what, err)
	}
	for i, reason := range canceled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "ConditionalCheckFailed":
			if i == 0 {
				return fmt.Errorf("name %q: %w", doc.Name, beat.ErrExists)
			}
			return beat.ErrConflict
		case "TransactionConflict":
			return beat.ErrConflict
		}
	}
	return failed(ctx, what, err)
}
