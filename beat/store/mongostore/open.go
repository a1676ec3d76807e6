package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// database is one namespace of a MongoDB database. It is safe for concurrent use.
type database struct {
	client         *mongo.Client
	db             *mongo.Database
	tasks, records *mongo.Collection
	base           string // begins all ids
	namespace      string
	sweep          time.Duration

	version atomic.Value // string, as Prepare met it
	watches atomic.Bool  // the same
}

var _ docstore.Database = (*database)(nil)

// Open returns a store. It connects when it is first used.
func Open(c Config) (*docstore.Store, error) {
	db, err := open(c)
	if err != nil {
		return nil, err
	}
	return docstore.New(db), nil
}

func open(c Config) (*database, error) {
	p, err := c.place()
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(p.client)
	if err != nil {
		return nil, fmt.Errorf("connect to MongoDB: %w", err)
	}
	db := client.Database(p.database)
	return &database{
		client: client, db: db, tasks: db.Collection(p.prefix + "tasks"), records: db.Collection(p.prefix + "records"),
		base: c.base(), namespace: c.Namespace, sweep: p.sweep,
	}, nil
}

// Name is for people.
func (d *database) Name() string {
	if version, ok := d.version.Load().(string); ok {
		return "mongodb " + version
	}
	return "mongodb"
}

// SweepEvery is how often documents are looked through for what other programs wrote.
func (d *database) SweepEvery() time.Duration { return d.sweep }

// HasClock tells that Now works.
func (d *database) HasClock() bool { return true }

// Now returns the clock of the primary server, UTC, in milliseconds.
func (d *database) Now(ctx context.Context) (time.Time, error) {
	var hello struct {
		LocalTime time.Time `bson:"localTime"`
	}
	if err := d.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return time.Time{}, failed(ctx, "ask for the time", err)
	}
	return hello.LocalTime.UTC(), nil
}

// Close ends the connections.
func (d *database) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.client.Disconnect(ctx)
}

// failed says what an error of the driver means to the caller.
func failed(ctx context.Context, what string, err error) error {
	switch {
	case errors.Is(err, mongo.ErrClientDisconnected):
		return fmt.Errorf("%s: %w", what, beat.ErrClosed)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
	}
	return fmt.Errorf("%s: %w: %w", what, beat.ErrUnavailable, err)
}
