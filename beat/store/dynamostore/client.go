package dynamostore

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// newHTTPClient returns a client with a limit to the time that an answer may take, and how its idle connections end.
func newHTTPClient() (client *http.Client, release func()) {
	client = &http.Client{Timeout: timeout, Transport: newTransport()}
	return client, client.CloseIdleConnections
}

func newTransport() *http.Transport {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment}
}

// repeated lets a read be tried again when its connection breaks off or the table is throttled. A write is not: whether
// it may be repeated, only the caller knows.
func repeated() func(*dynamodb.Options) {
	retryer := retry.NewStandard()
	return func(o *dynamodb.Options) { o.Retryer = retryer }
}
