package redis_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, other := testenv.NewAuthority(t), testenv.NewAuthority(t)
	s := testenv.StartRedisTLS(t, ours)
	cert, key := ours.Issue(t, "beat", "beat.test")
	foreignCert, foreignKey := other.Issue(t, "stranger", "beat.test")
	files := func(ca, cert, key string) string {
		return "?ssl_ca_certs=" + ca + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key
	}
	wrongHost := strings.Replace(s.URL(), "localhost", "127.0.0.1", 1) // the same, under a name that the certificate has not
	tests := []struct{ name, url, want string }{
		{"verified", s.URL() + files(ours.CA, cert, key), ""},
		{"TLS 1.3", s.URL() + files(ours.CA, cert, key) + "&ssl_min_version=TLSv1_3", ""},
		{"authorities in a folder", s.URL() + "?ssl_ca_path=" + filepath.Dir(ours.CA) + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key, ""},
		{"not verified", s.URL() + files(other.CA, cert, key) + "&ssl_cert_reqs=none", ""},
		{"other authority", s.URL() + files(other.CA, cert, key), "unknown authority"},
		{"authorities of the system", s.URL() + "?ssl_certfile=" + cert + "&ssl_keyfile=" + key, "unknown authority"},
		{"other host", wrongHost + files(ours.CA, cert, key), "127.0.0.1"},
		{"other host, name not checked", wrongHost + files(ours.CA, cert, key) + "&ssl_check_hostname=false", ""},
		{"other host, name given", wrongHost + files(ours.CA, cert, key) + "&ssl_server_hostname=redis.test", ""},
		{"no client certificate", s.URL() + "?ssl_ca_certs=" + ours.CA, "certificate required"},
		{"client certificate of another authority", s.URL() + files(ours.CA, foreignCert, foreignKey), "remote error: tls"},
		{"without TLS", strings.Replace(s.URL(), "rediss:", "redis:", 1), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := open(t, tt.url, redis.Config{}).Publish(t.Context(), brokertest.Batch("q", 2))
			refused := tt.want != "" || strings.HasPrefix(tt.url, "redis:")
			switch {
			case refused && (!errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v and %v, want ErrUnavailable with %q", out, err, tt.want)
			case !refused && (err != nil || states(out)[message.Confirmed] != 2):
				t.Errorf("got %v and %v, want that both are confirmed", out, err)
			}
		})
	}
}

// TestSentinelTLS has TLS on the way to the sentinel and on the way to the master, each under settings of its own.
func TestSentinelTLS(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	master := testenv.StartRedisTLS(t, authority)
	s := testenv.StartSentinelTLS(t, authority, master)
	cert, key := authority.Issue(t, "beat", "beat.test")
	url := s.URL() + "?ssl_ca_certs=" + authority.CA + "&ssl_certfile=" + cert + "&ssl_keyfile=" + key + "&ssl_server_hostname=redis.test"
	watch := redis.Sentinel{
		Master: testenv.SentinelMaster, TLS: &broker.TLS{CAFile: authority.CA, CertFile: cert, KeyFile: key},
	}
	out, err := open(t, url, redis.Config{Sentinel: watch}).Publish(t.Context(), brokertest.Batch("q", 2))
	if err != nil || states(out)[message.Confirmed] != 2 {
		t.Errorf("got %v and %v, want that both are confirmed", out, err)
	}
	watch.TLS = &broker.TLS{CertFile: cert, KeyFile: key}
	err = open(t, url, redis.Config{Sentinel: watch}).Check(t.Context())
	if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("got %v, want ErrUnavailable because the sentinel's authority is not known", err)
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	s := testenv.StartRedis(t, "--unixsocket", socket, "--requirepass", "secret")
	for _, url := range []string{
		"redis+socket://:secret@" + socket + "?virtual_host=3", "unix://default:secret@" + socket + "?virtual_host=3",
	} {
		out, err := open(t, url, redis.Config{ClientName: "beat-1"}).Publish(t.Context(), brokertest.Batch("q", 2))
		if err != nil || states(out)[message.Confirmed] != 2 {
			t.Errorf("%s: got %v and %v, want that both are confirmed", url, out, err)
		}
	}
	db := client(t, strings.Replace(strings.TrimSuffix(s.URL(), "0"), "redis://", "redis://:secret@", 1)+"3")
	if got := len(take(t, db, "q")); got != 4 {
		t.Errorf("got %d messages in database 3, want 4", got)
	}
	names, err := db.ClientList(t.Context()).Result()
	if err != nil || !strings.Contains(names, "name=beat-1") {
		t.Errorf("got %v and clients %s, want one named beat-1", err, names)
	}
}
