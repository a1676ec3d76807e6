package broker_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker"
)

func TestDialTLS(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(nil) // any server that speaks TLS; its certificate is for 127.0.0.1 and example.com
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	address := s.Listener.Addr().String()
	named := strings.Replace(address, "127.0.0.1", "localhost", 1)
	tests := []struct{ name, url, want string }{
		{"verified unless told otherwise", "rediss://" + address, "certificate"},
		{"not verified", "rediss://" + address + "?ssl_cert_reqs=none", ""},
		{"own authority", "rediss://" + address + "?ssl_ca_certs=" + ca, ""},
		{"authorities in a folder", "rediss://" + address + "?ssl_ca_path=" + filepath.Dir(ca), ""},
		{"own authority on AMQP", "amqps://" + address + "//?ssl_ca_certs=" + ca, ""},
		{"other name", "rediss://" + named + "?ssl_ca_certs=" + ca, "localhost"},
		{"other name, not checked", "rediss://" + named + "?ssl_ca_certs=" + ca + "&ssl_check_hostname=false", ""},
		{"name not checked, chain is", "rediss://" + address + "?ssl_check_hostname=false", "certificate"},
		{"name given", "rediss://" + named + "?ssl_ca_certs=" + ca + "&ssl_server_hostname=example.com", ""},
		{"missing file", "rediss://" + address + "?ssl_ca_certs=missing.pem", "ssl_ca_certs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			urls, err := broker.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := urls[0].Dial(t.Context())
			if err == nil {
				conn.Close()
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
