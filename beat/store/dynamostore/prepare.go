package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/gobeat/gobeat/beat"
)

// Names of the keys.
const (
	partition = "pk"
	sort      = "sk"
)

// creation is how long a table may take to be there.
const creation = 2 * time.Minute

// Prepare creates the table, billed by request, or says that it is missing.
func (d *database) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	described, err := d.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: d.table}, d.reads)
	var missing *types.ResourceNotFoundException
	switch {
	case err == nil && described.Table.TableStatus != types.TableStatusCreating:
		return d.check(described.Table)
	case err == nil:
		return d.await(ctx)
	case !errors.As(err, &missing):
		return failed(ctx, "describe table "+*d.table, err)
	case mode == beat.PrepareCheck:
		return fmt.Errorf("there is no table %s in %s; start beat once without migrate: off, or run aws dynamodb create-table "+
			"--table-name %s --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=pk,AttributeType=S "+
			"AttributeName=sk,AttributeType=S --key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE: %w",
			*d.table, d.region, *d.table, beat.ErrMigrate)
	}
	_, err = d.client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: d.table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(partition), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(sort), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
		},
	})
	var inUse *types.ResourceInUseException // somebody else creates it
	if err != nil && !errors.As(err, &inUse) {
		return failed(ctx, "create table "+*d.table, err)
	}
	return d.await(ctx)
}

// await waits until the table is there.
func (d *database) await(ctx context.Context) error {
	waiter := dynamodb.NewTableExistsWaiter(d.client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay = time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: d.table}, creation); err != nil {
		return failed(ctx, "wait for table "+*d.table, err)
	}
	return nil
}

// check refuses a table that somebody made for something else.
func (d *database) check(t *types.TableDescription) error {
	want := map[string]types.KeyType{partition: types.KeyTypeHash, sort: types.KeyTypeRange}
	for _, key := range t.KeySchema {
		if want[*key.AttributeName] == key.KeyType {
			delete(want, *key.AttributeName)
		}
	}
	for _, attribute := range t.AttributeDefinitions {
		if name := *attribute.AttributeName; (name == partition || name == sort) &&
			attribute.AttributeType != types.ScalarAttributeTypeS {
			want[name] = ""
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("table %s must have the partition key pk and the sort key sk, both strings: %w", *d.table,
			beat.ErrMigrate)
	}
	return nil
}
