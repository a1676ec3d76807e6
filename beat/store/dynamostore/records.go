package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// maxRecord leaves room for the keys in the 400 KB of an item.
const maxRecord = 350 << 10

func (d *database) series(s claimlog.Series) string { return d.base + "s/" + string(s) }

// Insert puts a record at its place unless one is there already.
func (d *database) Insert(ctx context.Context, s claimlog.Series, r claimlog.Record) (bool, error) {
	row := key(d.series(s), digits(r.Seq))
	row["data"] = &types.AttributeValueMemberB{Value: r.Data}
	_, err := d.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: d.table, Item: row, ConditionExpression: aws.String("attribute_not_exists(pk)"),
	})
	if _, taken := errors.AsType[*types.ConditionalCheckFailedException](err); taken {
		return false, nil
	}
	if err != nil {
		return false, failed(ctx, "insert a record", err)
	}
	return true, nil
}

// After returns records with a place after seq, ascending.
func (d *database) After(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	return d.list(ctx, s, ">", seq, true, limit)
}

// Before returns records with a place before seq, descending.
func (d *database) Before(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	return d.list(ctx, s, "<", max(seq, 0), false, limit)
}

func (d *database) list(
	ctx context.Context, s claimlog.Series, compares string, seq int64, ascending bool, limit int,
) ([]claimlog.Record, error) {
	rows, err := d.query(ctx, d.series(s), compares, digits(seq), ascending, limit)
	if err != nil {
		return nil, failed(ctx, "read records", err)
	}
	found := make([]claimlog.Record, len(rows))
	for i, row := range rows {
		at, err := strconv.ParseInt(row.text(sort), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("record %q of series %s: its place: %w", row.text(sort), s, err)
		}
		found[i] = claimlog.Record{Seq: at, Data: row.bytes("data")}
	}
	return found, nil
}

// Remove removes records.
func (d *database) Remove(ctx context.Context, s claimlog.Series, seqs []int64) error {
	places := make([]string, len(seqs))
	for i, seq := range seqs {
		places[i] = digits(seq)
	}
	if err := d.remove(ctx, d.series(s), places); err != nil {
		return failed(ctx, "remove records", err)
	}
	return nil
}

// MaxRecord is the size of the largest record in bytes.
func (d *database) MaxRecord() int { return maxRecord }
