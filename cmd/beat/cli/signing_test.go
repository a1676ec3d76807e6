package cli_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keyFiles writes a key and a certificate of its own that ends at that instant.
func keyFiles(t *testing.T, end time.Time) (key, cert string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "beat"}, NotBefore: time.Unix(0, 0), NotAfter: end,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, cert = filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	for path, block := range map[string]*pem.Block{
		key:  {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)},
		cert: {Type: "CERTIFICATE", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key, cert
}

func TestSignedMessage(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "x", "--task", "proj.x", "--every", "1h", "--args", "[1]")
	s.env["CELERY_TASK_SERIALIZER"] = "auth"
	s.env["CELERY_SECURITY_KEY"], s.env["CELERY_SECURITY_CERTIFICATE"] = keyFiles(t, time.Unix(1<<33, 0))
	var v struct {
		Properties map[string]any
		Body       string
	}
	s.decode(t, &v, "message", "x", "--broker", "redis://localhost/3")
	if got := v.Properties["content_type"]; got != "application/data" {
		t.Errorf("got content type %v, want application/data", got)
	}
	packed, err := base64.StdEncoding.DecodeString(v.Body)
	signer := base64.StdEncoding.EncodeToString([]byte("beat 7")) + "\x00\x01"
	body := "\x00\x01[[1], {}, {"
	if err != nil || !strings.HasPrefix(string(packed), signer) || !strings.Contains(string(packed), body) {
		t.Errorf("got body %q, %v, want one signed by beat 7", packed, err)
	}
}

func TestSigningFailures(t *testing.T) {
	t.Parallel()
	key, cert := keyFiles(t, time.Unix(1<<33, 0))
	old, expired := keyFiles(t, time.Unix(1, 0))
	_, other := keyFiles(t, time.Unix(1<<33, 0))
	missing := filepath.Join(t.TempDir(), "none")
	for _, tt := range []struct{ name, key, cert, want string }{
		{"no key", missing, cert, "sign messages: security_key: open " + missing + ": no such file or directory"},
		{"no certificate", key, missing, "sign messages: security_certificate: open " + missing},
		{"swapped", cert, key, "sign messages: security_key: is not a private key"},
		{"other pair", key, other, "sign messages: security_certificate: does not belong to security_key"},
		{"expired", old, expired, `expired at 1970-01-01T00:00:01Z, so workers refuse it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			s.ok(t, "add", "x", "--task", "proj.x", "--every", "1h")
			s.env["BEAT_SECURITY_KEY"], s.env["BEAT_SECURITY_CERTIFICATE"] = tt.key, tt.cert
			out, errs, code := s.run(t, "", "message", "x")
			if code == 0 || out != "" || !strings.Contains(errs, tt.want) || strings.Contains(errs, "PRIVATE") {
				t.Errorf("exit code %d, output %q, errors %q, want %q", code, out, errs, tt.want)
			}
		})
	}
}
