package amqp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// grace is more than anything takes that works.
const grace = 10 * time.Second

// api calls the management interface and returns its answer.
func api(t *testing.T, method string, body any, path ...string) []byte {
	t.Helper()
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	target := testenv.RabbitMQAPI(t) + "/api/" + strings.Join(path, "/")
	request, err := http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %s %s %v", method, target, response.Status, answer, err)
	}
	return answer
}

// restricted returns the URL of a user with permissions for configure, write and read.
func restricted(t *testing.T, of string, configure, write, read string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	name := "limited-" + uuid.NewString()
	api(t, http.MethodPut, map[string]string{"password": "pw", "tags": ""}, "users", name)
	t.Cleanup(func() {
		request, err := http.NewRequest(http.MethodDelete, testenv.RabbitMQAPI(t)+"/api/users/"+name, http.NoBody) //nolint:noctx // the test's has ended
		if err != nil {
			t.Fatal(err)
		}
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	})
	api(t, http.MethodPut, map[string]string{"configure": configure, "write": write, "read": read},
		"permissions", strings.TrimPrefix(u.Path, "/"), name)
	u.User = url.UserPassword(name, "pw")
	return u.String()
}

// TestForbiddenExchange has one message in each batch that this user may not publish. It costs the channel once, and then
// nothing for a while.
func TestForbiddenExchange(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	harness(of).Bind(t, "secret", "k", "bound")
	tap, through := newWiretap(t, restricted(t, of, ".*", "^(amq.default|q|beat.*)$", ".*"))
	p := open(t, through, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	want := slices.Repeat([]message.State{confirmed}, 100)
	want[50] = message.Refused
	for range 3 {
		b := brokertest.Batch("q", 100)
		b.Messages[50].Exchange, b.Messages[50].RoutingKey = "secret", "k"
		out, err := p.Publish(t.Context(), b)
		checkStates(t, out, err, want...)
		if !strings.Contains(out[50].Reason, "secret") {
			t.Errorf("got reason %s, want that it names the exchange", out[50].Reason)
		}
	}
	attempts := 0
	for _, m := range tap.methods() {
		if m["exchange"] == "secret" && m["method"] == "basic.publish" {
			attempts++
		}
	}
	if attempts != 2 { // together with others, then alone
		t.Errorf("got %d attempts at the forbidden exchange, want 2", attempts)
	}
}

// TestFewPermissions has a user that may only do what is needed for its own queue.
func TestFewPermissions(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	b := brokertest.Batch("q", 3)
	b.Messages[1] = brokertest.Envelope("other", 1)
	tests := []struct {
		name, configure, write, read string
		memory                       bool
		want                         []message.State
	}{
		{"enough", "^(q|beat[.].*)$", "^(q|amq[.]default|beat[.].*)$", "^(q|beat[.].*)$", true, []message.State{confirmed, message.Refused, confirmed}},
		{"may not read", "^(q|beat[.].*)$", "^(q|amq[.]default|beat[.].*)$", "^q$", false, []message.State{confirmed, message.Refused, confirmed}},
		{"queue is declared by others", "^beat[.].*$", "^(amq[.]default)$", "^beat[.].*$", true, []message.State{confirmed, message.Refused, confirmed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			p := open(t, restricted(t, of, tt.configure, tt.write, tt.read), amqp.Config{
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if err := p.TakeOver(t.Context(), leader(1)); err != nil {
				t.Fatal(err)
			}
			b.ID = uuid.New()
			out, err := p.Publish(t.Context(), b)
			checkStates(t, out, err, tt.want...)
			if memory := !strings.Contains(log.String(), "no memory"); memory != tt.memory {
				t.Errorf("got memory %t, want %t: %s", memory, tt.memory, log.String())
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
