package dynamostore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	getPage   = 100 // most items of BatchGetItem
	writePage = 25  // most items of BatchWriteItem
)

// query returns up to limit items of a partition whose sort key compares so with sk.
func (d *database) query(ctx context.Context, pk, compares, sk string, ascending bool, limit int) ([]item, error) {
	input := &dynamodb.QueryInput{
		TableName: d.table, ConsistentRead: aws.Bool(true), ScanIndexForward: &ascending, Limit: aws.Int32(int32(limit)),
		KeyConditionExpression:    aws.String("pk = :pk and sk " + compares + " :sk"),
		ExpressionAttributeValues: item{":pk": text(pk), ":sk": text(sk)},
	}
	var found []item
	for {
		answer, err := d.client.Query(ctx, input, d.reads)
		if err != nil {
			return nil, err
		}
		for _, i := range answer.Items {
			found = append(found, i)
		}
		if len(found) >= limit {
			return found[:limit], nil
		}
		if len(answer.LastEvaluatedKey) == 0 {
			return found, nil
		}
		input.ExclusiveStartKey = answer.LastEvaluatedKey
	}
}

// get returns those of the items of a partition that are there.
func (d *database) get(ctx context.Context, pk string, sks []string) ([]item, error) {
	var found []item
	for len(sks) > 0 {
		page := sks[:min(len(sks), getPage)]
		sks = sks[len(page):]
		var keys []map[string]types.AttributeValue
		for _, sk := range page {
			keys = append(keys, key(pk, sk))
		}
		wanted := map[string]types.KeysAndAttributes{*d.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
		for len(wanted) > 0 {
			answer, err := d.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: wanted}, d.reads)
			if err != nil {
				return nil, err
			}
			for _, i := range answer.Responses[*d.table] {
				found = append(found, i)
			}
			wanted = answer.UnprocessedKeys
		}
	}
	return found, nil
}

// remove removes items of a partition.
func (d *database) remove(ctx context.Context, pk string, sks []string) error {
	for len(sks) > 0 {
		page := sks[:min(len(sks), writePage)]
		sks = sks[len(page):]
		var writes []types.WriteRequest
		for _, sk := range page {
			writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key(pk, sk)}})
		}
		left := map[string][]types.WriteRequest{*d.table: writes}
		for len(left) > 0 {
			answer, err := d.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: left})
			if err != nil {
				return err
			}
			left = answer.UnprocessedItems
		}
	}
	return ctx.Err()
}
