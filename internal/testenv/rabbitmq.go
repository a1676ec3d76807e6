package testenv

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// RabbitMQ returns the URL of a new virtual host, which is deleted when the test ends:
// amqp://USER:PASSWORD@HOST:PORT/NAME. The user is an administrator.
func RabbitMQ(t testing.TB) string {
	t.Helper()
	kind := server.RabbitMQ()
	base := variable(t, kind, kind.URLVariable())
	api := RabbitMQAPI(t)
	name := freshName()
	check(t, rabbitmqVhost(t.Context(), http.MethodPut, api, name))
	t.Cleanup(func() { check(t, rabbitmqVhost(context.Background(), http.MethodDelete, api, name)) })
	return within(t, base, name)
}

// RabbitMQAPI returns the address of the management interface of the server that RabbitMQ uses, without a path:
// http://USER:PASSWORD@HOST:PORT. The numbers in its answers may be seconds old.
func RabbitMQAPI(t testing.TB) string {
	t.Helper()
	kind := server.RabbitMQ()
	api := variable(t, kind, kind.APIVariable())
	if api == "" {
		t.Fatalf("%s is set, so %s is needed too", kind.URLVariable(), kind.APIVariable())
	}
	return api
}

// rabbitmqVhost makes or deletes a virtual host. The server gives its maker all permissions in it.
func rabbitmqVhost(ctx context.Context, method, api, name string) error {
	target, err := url.JoinPath(api, "api", "vhosts", name)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		return err
	}
	// An idle connection would look like a leaked goroutine.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s of virtual host %s: %s", method, name, response.Status)
	}
	return nil
}
