package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// timeout is how long an answer may take when the caller's context says nothing shorter.
const timeout = 5 * time.Second

// database is one namespace of a table. It is safe for concurrent use.
type database struct {
	client *dynamodb.Client
	region string
	table  *string
	base   string // begins all partition keys
	sweep  time.Duration
	reads  func(*dynamodb.Options)

	closing sync.Once
	release func() // ends idle connections
}

var _ docstore.Database = (*database)(nil)

// Open returns a store. It connects when it is first used; ctx is for finding credentials.
func Open(ctx context.Context, c Config) (*docstore.Store, error) {
	db, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	return docstore.New(db), nil
}

func open(ctx context.Context, c Config) (*database, error) {
	p, err := c.place()
	if err != nil {
		return nil, err
	}
	how := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient()),
		// A write is not repeated, see repeated.
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
	}
	if p.region != "" {
		how = append(how, config.WithRegion(p.region))
	}
	if p.id != "" {
		how = append(how, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(p.id, p.secret, "")))
	}
	settings, err := config.LoadDefaultConfig(ctx, how...)
	if err != nil {
		return nil, fmt.Errorf("read the settings of AWS: %w", err)
	}
	if settings.Region == "" {
		return nil, errors.New("database URL names no region and the environment none either; write dynamodb://REGION/TABLE")
	}
	client := httpClient(&settings)
	return &database{
		client: dynamodb.NewFromConfig(settings, func(o *dynamodb.Options) {
			o.HTTPClient = client
			if p.endpoint != "" {
				o.BaseEndpoint = &p.endpoint
			}
		}),
		region: settings.Region, table: &p.table, base: c.base(), sweep: p.sweep, reads: repeated(), release: client.CloseIdleConnections,
	}, nil
}

// Name is for people.
func (d *database) Name() string { return "dynamodb " + d.region }

// SweepEvery is how often items are looked through for what other programs wrote.
func (d *database) SweepEvery() time.Duration { return d.sweep }

// HasClock tells that Now does not work.
func (d *database) HasClock() bool { return false }

// Now returns beat.ErrNoClock; DynamoDB tells no time but in the seconds of a header.
func (d *database) Now(ctx context.Context) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	return time.Time{}, fmt.Errorf("DynamoDB: %w", beat.ErrNoClock)
}

// Close ends the connections.
func (d *database) Close() error {
	d.closing.Do(d.release)
	return nil
}

// failed says what an error of the SDK means to the caller.
func failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
	}
	return fmt.Errorf("%s: %w: %w", what, beat.ErrUnavailable, err)
}
