package broker_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker"
)

// row is one line of what kombu makes of a URL, recorded in testdata/table-urls.json.
type row struct {
	URL         string   `json:"url"`
	Hostname    *string  `json:"hostname"`
	Port        *int     `json:"port"`
	DefaultPort int      `json:"default_port"`
	Userid      *string  `json:"userid"`
	Password    *string  `json:"password"`
	VirtualHost string   `json:"virtual_host"`
	SSL         any      `json:"ssl"`
	Alternates  []string `json:"alternates"`
	Error       string   `json:"error"`
	Redis       *struct {
		Host, Path, Error  string
		Port, DB           int
		Username, Password *string
	} `json:"redis"`
}

func text(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}

func TestParseAsKombu(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/table-urls.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Rows []row }
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		t.Run(r.URL, func(t *testing.T) {
			t.Parallel()
			urls, err := broker.Parse(r.URL)
			switch {
			case r.URL == "host:5673" || // kombu takes all of it for a host name, which nobody means
				r.URL == "redis+socket:///run/example/redis.sock?db=3" || // kombu ignores the argument
				r.Error != "" || r.Redis != nil && r.Redis.Error != "":
				if err == nil {
					t.Fatalf("got %v, want an error", urls)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			if n := max(1, len(r.Alternates)); len(urls) != n {
				t.Errorf("got %d URLs, want %d", len(urls), n)
			}
			if r.Redis != nil {
				checkRedis(t, urls[0], r)
			} else {
				checkAMQP(t, urls[0], r)
			}
		})
	}
}

func checkAMQP(t *testing.T, got broker.URL, r row) {
	t.Helper()
	host := text(r.Hostname, "127.0.0.1")
	if host == "localhost" {
		host = "127.0.0.1"
	}
	port := r.DefaultPort
	if r.Port != nil {
		port = *r.Port
	}
	want := fmt.Sprint(host, port, text(r.Userid, "guest"), text(r.Password, "guest"), r.VirtualHost, r.SSL != false)
	if got := fmt.Sprint(got.Host, got.Port, got.User, got.Password(), got.VHost, got.TLS != nil); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func checkRedis(t *testing.T, got broker.URL, r row) {
	t.Helper()
	w := r.Redis
	want := fmt.Sprint(w.Host, w.Port, w.Path, text(w.Username, ""), text(w.Password, ""), w.DB, r.SSL != false)
	if got := fmt.Sprint(got.Host, got.Port, got.Socket, got.User, got.Password(), got.DB, got.TLS != nil); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseArguments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		want      broker.URL
	}{
		{"timeout and login", "amqp://h//?connect_timeout=2.5&login_method=external", broker.URL{
			Scheme: "amqp", Host: "h", Port: 5672, User: "guest", VHost: "/",
			ConnectTimeout: 2500 * time.Millisecond, LoginMethod: "EXTERNAL",
		}},
		{"verification off", "rediss://h/1?ssl_cert_reqs=CERT_NONE", broker.URL{
			Scheme: "rediss", Host: "h", Port: 6379, DB: 1, TLS: &broker.TLS{Insecure: true},
		}},
		{"verified unless told otherwise", "rediss://h/1", broker.URL{
			Scheme: "rediss", Host: "h", Port: 6379, DB: 1, TLS: &broker.TLS{},
		}},
		{"files", "amqps://h/v?ssl_ca_certs=ca&ssl_certfile=c&ssl_keyfile=k&ssl_check_hostname=false", broker.URL{
			Scheme: "amqps", Host: "h", Port: 5671, User: "guest", VHost: "v",
			TLS: &broker.TLS{CAFile: "ca", CertFile: "c", KeyFile: "k", AnyName: true},
		}},
		{"other sources of trust", "rediss://h/1?ssl_ca_path=d&ssl_ca_data=p&ssl_min_version=TLSv1_3&ssl_cert_reqs=required", broker.URL{
			Scheme: "rediss", Host: "h", Port: 6379, DB: 1,
			TLS: &broker.TLS{CAPath: "d", CAData: "p", MinVersion: tls.VersionTLS13},
		}},
		{"TLS of the master", "sentinel://me:pw@h/4?ssl_ca_certs=ca", broker.URL{
			Scheme: "sentinel", Host: "h", Port: 26379, DB: 4, User: "me", TLS: &broker.TLS{CAFile: "ca"},
		}},
		{"unix", "unix://:pw@/run/r.sock?virtual_host=2", broker.URL{Scheme: "unix", Socket: "/run/r.sock", DB: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := broker.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			ignore := cmp.FilterPath(func(p cmp.Path) bool { return slices.Contains([]string{"password", "noPort", "noTLS"}, p.String()) }, cmp.Ignore())
			if diff := cmp.Diff([]broker.URL{tt.want}, got, ignore); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url, want string }{
		{"empty", "", "it is empty"},
		{"only separators", " ; ", "it is empty"},
		{"unknown scheme", "kafka://h", `scheme "kafka" is not supported`},
		{"unknown argument", "redis://h/0?db=4", `argument "db" is unknown`},
		{"unknown ssl argument", "rediss://h/0?ssl_verify=x", `argument "ssl_verify" is unknown`},
		{"ssl argument of OpenSSL", "rediss://h/0?ssl_ciphers=x", `argument "ssl_ciphers" is not supported: versions`},
		{"password of a key", "rediss://h/0?ssl_password=hunter2", `argument "ssl_password" is not supported: write the key`},
		{"looked up", "rediss://h/0?ssl_validate_ocsp=True", `argument "ssl_validate_ocsp" is not supported`},
		{"name is checked or not", "rediss://h/0?ssl_check_hostname=nope", `argument "ssl_check_hostname" is not true or false`},
		{"old version", "rediss://h/0?ssl_min_version=TLSv1", `argument "ssl_min_version" is not one of TLSv1_2, TLSv1_3`},
		{"class of Python", "redis://h/0?credential_provider=a.B", "credential_provider is not supported"},
		{"option in the URL", "redis://h/0?socket_timeout=5", `argument "socket_timeout" is unknown`},
		{"database of a socket", "redis+socket:///s?db=1", "virtual_host with a socket"},
		{"sentinels and a server", "sentinel://a;redis://b", "all of them sentinel://"},
		{"two kinds", "amqp://a//;redis://b", "of one kind of broker"},
		{"bad port", "amqp://h:x/", "port must be a number"},
		{"port out of range", "amqp://h:70000/", "port must be a number"},
		{"bad escape", "amqp://u:p%zz@h//", "two hex digits"},
		{"hash in password", "amqp://u:hunter2#x@h//", "write %23"},
		{"bracket", "amqp://[::1//", "without ]"},
		{"database", "redis://h/one", `"one"`},
		{"socket with host", "redis+socket://run/r.sock", "three slashes"},
		{"login", "amqp://h//?login_method=GSSAPI", "GSSAPI"},
		{"timeout", "amqp://h//?connect_timeout=soon", "connect_timeout"},
		{"cert_reqs", "rediss://h?ssl_cert_reqs=maybe", "ssl_cert_reqs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := broker.Parse(tt.url)
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %q, want %q in it and no password", err, tt.want)
			}
		})
	}
}

func TestPasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	good := []string{
		"amqp://me:hunter2@h:5673/v", "redis://:hunter2@h/3", "redis+socket://:hunter2@/run/r.sock",
		"amqp://h//?password=hunter2", "sentinel://me:hunter2@h/2;sentinel://i",
	}
	for _, s := range good {
		urls, err := broker.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		u := urls[0]
		encoded, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("connected", "url", u, "urls", urls)
		shown := fmt.Sprintf("%v %+v %#v %s %s %s", u, u, urls, u, encoded, log.String())
		if strings.Contains(shown, secret) {
			t.Errorf("%s: the password is shown: %s", mask(s), shown)
		}
		if u.Password() != secret {
			t.Errorf("%s: got password %q", mask(s), u.Password())
		}
	}
	bad := []string{
		"amqp://me:hunter2@h:x/v", "me:hunter2@h", "amqp://me:hunter2/slash@h//", "amqp://me:hunter2#@h//",
		"redis://:hunter2@h/x", "redis://h/0?password=hunter2&x=1", "kafka://me:hunter2@h", "amqp://me:%hunter2@h",
		"sentinel://:hunter2@h:x", "amqp://a@b:hunter2@h:x", "amqp://u:hunter2;x@h//", "amqp://u:x;hunter2@h//",
	}
	for _, s := range bad {
		if _, err := broker.Parse(s); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v, want an error without the password", mask(s), err)
		}
	}
}

func mask(s string) string { return strings.ReplaceAll(s, "hunter2", "…") }

func TestString(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{"amqp://", "amqp://guest:**@127.0.0.1:5672//"},
		{"amqps://me:x@h/a%20b", "amqps://me:**@h:5671/a%20b"},
		{"redis://[::1]/2", "redis://[::1]:6379/2"},
		{"redis+socket://:x@/s?virtual_host=1", "redis+socket://:**@/s?virtual_host=1"},
	}
	for _, tt := range tests {
		urls, err := broker.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := urls[0].String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestWithTLS(t *testing.T) {
	t.Parallel()
	setting := &broker.TLS{CAFile: "ca", CertFile: "c"}
	own := broker.TLS{CAFile: "own"}
	tests := []struct {
		url     string
		setting *broker.TLS
		want    *broker.TLS
		port    int
	}{
		{"amqp://h//", nil, nil, 5672},
		{"amqp://h//", setting, setting, 5671},
		{"amqp://h:5672//", setting, setting, 5672},
		{"amqps://h//", nil, &broker.TLS{}, 5671},
		{"amqps://h//", setting, setting, 5671},
		{"amqp://h//?ssl=true", setting, setting, 5671},
		{"amqps://h//?ssl_ca_certs=own", setting, &own, 5671},
		{"amqps://h//?ssl_cert_reqs=required", &broker.TLS{Insecure: true}, &broker.TLS{}, 5671},
		{"redis://h/0", setting, setting, 6379},
		{"rediss://h/0?ssl_ca_certs=own", setting, &own, 6379},
	}
	for _, tt := range tests {
		urls, err := broker.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		got := urls[0].WithTLS(tt.setting)
		if diff := cmp.Diff(tt.want, got.TLS); diff != "" || got.Port != tt.port {
			t.Errorf("%s: got port %d, want %d; TLS (-want +got)\n%s", tt.url, got.Port, tt.port, diff)
		}
	}
}

func TestTLSConfig(t *testing.T) {
	t.Parallel()
	c, err := (&broker.TLS{}).Config("h")
	if err != nil || c.ServerName != "h" || c.InsecureSkipVerify {
		t.Errorf("got %v %v, want a verifying configuration for h", c, err)
	}
	c, err = (&broker.TLS{Insecure: true}).Config("h")
	if err != nil || !c.InsecureSkipVerify {
		t.Errorf("got %v %v, want one that does not verify", c, err)
	}
	if _, err = (&broker.TLS{CAFile: "missing.pem"}).Config("h"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is missing", err)
	}
	if _, err = (&broker.TLS{CAFile: "testdata/table-urls.json"}).Config("h"); err == nil {
		t.Error("got no error for a file without certificates")
	}
	for _, t1 := range []broker.TLS{{CAPath: "missing"}, {CAPath: "testdata"}, {CAData: "no certificate"}} {
		if _, err = t1.Config("h"); err == nil || !strings.Contains(err.Error(), "ssl_ca_") {
			t.Errorf("%+v: got %v, want an error that names the argument", t1, err)
		}
	}
	if c, err = (&broker.TLS{MinVersion: tls.VersionTLS13}).Config("h"); err != nil || c.MinVersion != tls.VersionTLS13 {
		t.Errorf("got %v %v, want TLS 1.3", c, err)
	}
	if _, err = (&broker.TLS{CertFile: "missing.pem"}).Config("h"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is missing", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"amqp://u:p@h:1/v?ssl=true", "redis+socket://:p@/s", "a;b", "amqp://[::1]", "x://%zz",
		"sentinel://:p@a:1/2;sentinel://b?ssl_cert_reqs=none&ssl_min_version=771", "redis://[::1]?virtual_host=3&port=9",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		urls, err := broker.Parse(s)
		if (err == nil) == (len(urls) == 0) {
			t.Fatalf("got %d URLs and error %v", len(urls), err)
		}
		for _, u := range urls {
			if n, a := u.Address(); n == "" || a == "" {
				t.Fatalf("no address: %v", u)
			}
			if again, err := broker.Parse(u.String()); u.Password() == "" && (err != nil || again[0].String() != u.String()) {
				t.Fatalf("%s is read as %v with error %v", u, again, err)
			}
		}
	})
}
