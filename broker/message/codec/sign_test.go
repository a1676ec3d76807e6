package codec

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// signedMessage is one that Celery signed: testdata/signed.json.
type signedMessage struct {
	Certificate string `json:"certificate"`
	Body        string `json:"body"` // as it was sent
	Signer      string `json:"signer"`
}

// verify checks a signed body as a worker does, which expects the longest salt, and returns what was signed and the
// name of the certificate.
func verify(t *testing.T, body []byte, cert *x509.Certificate, hash crypto.Hash) (inner, signer string) {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		t.Fatal(err)
	}
	fields := bytes.SplitN(packed, []byte("\x00\x01"), 5)
	if len(fields) != 5 || string(fields[2]) != "application/json" || string(fields[3]) != "utf-8" {
		t.Fatalf("got fields %q, want five, with JSON in UTF-8", fields)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		t.Fatalf("got a key of type %T, want RSA", cert.PublicKey)
	}
	signature, err := base64.StdEncoding.DecodeString(string(fields[1]))
	if err != nil {
		t.Fatal(err)
	}
	h := hash.New()
	h.Write(fields[4])
	longest := (key.N.BitLen()-1+7)/8 - hash.Size() - 2
	if err := rsa.VerifyPSS(key, hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: longest}); err != nil {
		t.Fatalf("verify: %v", err)
	}
	id, err := base64.StdEncoding.DecodeString(string(fields[0]))
	if err != nil {
		t.Fatal(err)
	}
	return string(fields[4]), string(id)
}

// The check of this test is that of Celery's workers: it holds for what Celery signed.
func TestVerifyRecording(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/signed.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []signedMessage
	if err := json.Unmarshal(text, &recorded); err != nil || len(recorded) == 0 {
		t.Fatalf("%d recordings, %v", len(recorded), err)
	}
	for _, r := range recorded {
		cert, err := parseCertificate([]byte(r.Certificate))
		if err != nil {
			t.Fatal(err)
		}
		inner, signer := verify(t, []byte(r.Body), cert, crypto.SHA256)
		if want := `[[1], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]`; inner != want {
			t.Errorf("got %s, want %s", inner, want)
		}
		id, err := certificateID(cert)
		if err != nil || id != r.Signer || signer != r.Signer {
			t.Errorf("got %q, %q, %v, want %q", id, signer, err, r.Signer)
		}
	}
}

// testPair returns a key and a certificate of its own, in DER.
func testPair(t *testing.T, issuer pkix.Name) (*rsa.PrivateKey, []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(42), Subject: issuer, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func inPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestSigner(t *testing.T) {
	t.Parallel()
	issuer := pkix.Name{CommonName: "beat é", Organization: []string{"Ex, Inc"}, Country: []string{"DE"}}
	key, der := testPair(t, issuer)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	const body = `[["a\u00e9"], {}, {}]`
	for _, tt := range []struct {
		name, digest string
		key          []byte
		hash         crypto.Hash
	}{
		{"default", "", inPEM("PRIVATE KEY", pkcs8), crypto.SHA256},
		{"pkcs1", "sha256", inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), crypto.SHA256},
		{"sha224", "SHA224", inPEM("PRIVATE KEY", pkcs8), crypto.SHA224},
		{"sha384", "sha384", inPEM("PRIVATE KEY", pkcs8), crypto.SHA384},
		{"sha512", "sha512", inPEM("PRIVATE KEY", pkcs8), crypto.SHA512},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := NewSigner(Signing{Key: tt.key, Certificate: inPEM("CERTIFICATE", der), Digest: tt.digest})
			if err != nil {
				t.Fatal(err)
			}
			packed, err := s.Serializer().Encode([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			inner, id := verify(t, packed, cert, tt.hash)
			if want := "DE Ex, Inc beat é 42"; inner != body || id != want {
				t.Errorf("got %s of %q, want %s of %q", inner, id, body, want)
			}
			if !s.Expires().Equal(time.Unix(1<<33, 0)) {
				t.Errorf("got %v as the end of the certificate", s.Expires())
			}
		})
	}
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	key, der := testPair(t, pkix.Name{CommonName: "beat"})
	_, other := testPair(t, pkix.Name{CommonName: "beat"})
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	good := inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	cert := inPEM("CERTIFICATE", der)
	old := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "x"}, Bytes: []byte{1},
	})
	pair := func(kind string, key []byte) Signing { return Signing{Key: inPEM(kind, key), Certificate: cert} }
	tests := []struct {
		name string
		s    Signing
		want string
	}{
		{"no key", Signing{Certificate: cert}, "security_key: is not a PEM file"},
		{"text", Signing{Key: []byte("hunter2"), Certificate: cert}, "security_key: is not a PEM file"},
		{"garbage", pair("PRIVATE KEY", []byte("hunter2")), "security_key: is not a private key"},
		{"encrypted", pair("ENCRYPTED PRIVATE KEY", []byte{1}), "security_key: is encrypted"},
		{"encrypted long ago", Signing{Key: old, Certificate: cert}, "security_key: is encrypted"},
		{"curve", pair("PRIVATE KEY", ec), "security_key: is not an RSA key"},
		{"no certificate", Signing{Key: good}, "security_certificate: is not a PEM file"},
		{
			"no real certificate",
			Signing{Key: good, Certificate: inPEM("CERTIFICATE", []byte{1})},
			"security_certificate: is not a certificate",
		},
		{
			"other certificate",
			Signing{Key: good, Certificate: inPEM("CERTIFICATE", other)},
			"security_certificate: does not belong to security_key",
		},
		{
			"digest",
			Signing{Key: good, Certificate: cert, Digest: "md5"},
			`security_digest: "md5" is not one of sha224, sha256, sha384, sha512`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewSigner(tt.s)
			if _, ok := errors.AsType[*message.OptionError](err); !ok || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}
