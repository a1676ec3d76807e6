package mongostore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat/store/claimlog"
)

const (
	// maxRecord leaves room in the 16 MiB of a document, and lets no single write take long.
	maxRecord = 1 << 20
	// removePage is how many records are removed by one command.
	removePage = 1000
)

// record is a record as it is stored. Its id is NAMESPACE/SERIES/PLACE, where places have as many digits as the largest.
type record struct {
	ID   string `bson:"_id"`
	Data []byte `bson:"data"`
}

func (d *database) recordID(s claimlog.Series, seq int64) string {
	return d.base + string(s) + fmt.Sprintf("/%019d", seq)
}

// Insert puts a record at its place unless one is there already.
func (d *database) Insert(ctx context.Context, s claimlog.Series, r claimlog.Record) (bool, error) {
	_, err := d.records.InsertOne(ctx, record{d.recordID(s, r.Seq), r.Data})
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	if err != nil {
		return false, failed(ctx, "insert a record", err)
	}
	return true, nil
}

// After returns records with a place after seq, ascending.
func (d *database) After(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	// The character after the digits bounds the series.
	between := bson.D{{Key: "$gt", Value: d.recordID(s, seq)}, {Key: "$lt", Value: d.base + string(s) + "/:"}}
	return d.list(ctx, between, 1, limit)
}

// Before returns records with a place before seq, descending.
func (d *database) Before(ctx context.Context, s claimlog.Series, seq int64, limit int) ([]claimlog.Record, error) {
	between := bson.D{{Key: "$lt", Value: d.recordID(s, max(seq, 0))}, {Key: "$gte", Value: d.recordID(s, 0)}}
	return d.list(ctx, between, -1, limit)
}

func (d *database) list(ctx context.Context, between bson.D, direction, limit int) ([]claimlog.Record, error) {
	cursor, err := d.records.Find(ctx, bson.D{{Key: "_id", Value: between}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: direction}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, failed(ctx, "read records", err)
	}
	var stored []record
	if err := cursor.All(ctx, &stored); err != nil {
		return nil, failed(ctx, "read records", err)
	}
	found := make([]claimlog.Record, len(stored))
	for i, r := range stored {
		seq, err := strconv.ParseInt(r.ID[strings.LastIndexByte(r.ID, '/')+1:], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("record %q: its place: %w", r.ID, err)
		}
		found[i] = claimlog.Record{Seq: seq, Data: r.Data}
	}
	return found, nil
}

// Remove removes records.
func (d *database) Remove(ctx context.Context, s claimlog.Series, seqs []int64) error {
	for len(seqs) > 0 {
		page := seqs[:min(len(seqs), removePage)]
		seqs = seqs[len(page):]
		ids := make(bson.A, len(page))
		for i, seq := range page {
			ids[i] = d.recordID(s, seq)
		}
		if _, err := d.records.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}); err != nil {
			return failed(ctx, "remove records", err)
		}
	}
	return ctx.Err()
}

// MaxRecord is the size of the largest record in bytes.
func (d *database) MaxRecord() int { return maxRecord }
