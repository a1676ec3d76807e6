package dynamostore

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// httpClient returns a client as the settings want it, certificates included, with a limit to the time that an answer may
// take. The SDK's own would copy its transport with each use, so that nobody could end its connections.
func httpClient(settings *aws.Config) *http.Client {
	client := &http.Client{Timeout: timeout}
	if b, ok := settings.HTTPClient.(*awshttp.BuildableClient); ok {
		client.Transport = b.GetTransport()
	}
	return client
}

// repeated lets a read be tried again when its connection breaks off or the table is throttled. A write is not: whether
// it may be repeated, only the caller knows.
func repeated() func(*dynamodb.Options) {
	retryer := retry.NewStandard()
	return func(o *dynamodb.Options) { o.Retryer = retryer }
}
