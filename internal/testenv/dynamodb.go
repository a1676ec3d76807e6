package testenv

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// DynamoDB returns the URL of a table that nobody else uses and that does not exist yet,
// dynamodb://REGION/TABLE?endpoint=…. It is deleted when the test ends.
func DynamoDB(t testing.TB) string {
	t.Helper()
	kind := server.DynamoDB()
	table := within(t, variable(t, kind, kind.URLVariable()), freshName())
	t.Cleanup(func() { check(t, deleteTable(context.Background(), table)) })
	return table
}

func deleteTable(ctx context.Context, table string) error {
	u, err := url.Parse(table)
	if err != nil {
		return err
	}
	how := []func(*config.LoadOptions) error{config.WithRegion(u.Host)}
	if secret, given := u.User.Password(); given {
		how = append(how, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(u.User.Username(), secret, "")))
	}
	settings, err := config.LoadDefaultConfig(ctx, how...)
	if err != nil {
		return err
	}
	client := dynamodb.NewFromConfig(settings, func(o *dynamodb.Options) {
		if endpoint := u.Query().Get("endpoint"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	_, err = client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(strings.Trim(u.Path, "/"))})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil
	}
	return err
}
