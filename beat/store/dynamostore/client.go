package dynamostore

import (
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// newHTTPClient returns the SDK's client with a limit to the time that an answer may take, and how its connections end.
func newHTTPClient() (client *awshttp.BuildableClient, release func()) {
	var transports []*http.Transport
	client = awshttp.NewBuildableClient().WithTimeout(timeout).WithTransportOptions(func(t *http.Transport) {
		transports = append(transports, t)
	})
	return client, func() {
		for _, t := range transports {
			t.CloseIdleConnections()
		}
	}
}
