package message_test

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/broker/message/codec"
)

// canonical returns what a body says, so that equal messages give equal text: decompressed, YAML decoded, without the
// signature, which is never the same, and without the time of an event. JSON stays as it is, msgpack is shown as hex.
func canonical(t *testing.T, contentType, compression string, body []byte) string {
	t.Helper()
	body = decompress(t, compression, body)
	switch contentType {
	case "application/x-msgpack":
		return hex.EncodeToString(body)
	case "application/x-yaml":
		var v any
		if err := yaml.Unmarshal(body, &v); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		body = must(json.Marshal(v))
	case "application/data":
		fields := bytes.Split(must(base64.StdEncoding.DecodeString(string(body))), []byte("\x00\x01"))
		if len(fields) != 5 {
			t.Fatalf("got %d fields in a signed body, want 5", len(fields))
		}
		fields[1] = []byte("signature")
		body = bytes.Join(fields, []byte("|"))
	}
	return regexp.MustCompile(`("timestamp": ?)[0-9.e+]+`).ReplaceAllString(string(body), "${1}now")
}

func decompress(t *testing.T, compression string, body []byte) []byte {
	t.Helper()
	in := bytes.NewReader(body)
	var out io.Reader
	switch compression {
	case "":
		return body
	case "application/x-gzip":
		out = must(zlib.NewReader(in))
	case "application/x-bz2":
		out = bzip2.NewReader(in)
	case "application/x-lzma":
		out = must(xz.NewReader(in))
	case "application/zstd":
		d := must(zstd.NewReader(in))
		defer d.Close()
		out = d
	case "application/x-brotli":
		out = brotli.NewReader(in)
	default:
		t.Fatalf("compression %s is not known to this test", compression)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signer returns a signer whose certificate has the issuer and the number of the recorded one.
func signer(t *testing.T) *codec.Signer {
	t.Helper()
	s, err := newSigner()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var newSigner = sync.OnceValues(func() (*codec.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: "beat"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return codec.NewSigner(codec.Signing{
		Key:         pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	})
})
