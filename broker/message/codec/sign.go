package codec

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // sha224 too
	_ "crypto/sha512" // sha384 too
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// Signing is what messages are signed with.
type Signing struct {
	Key         []byte // security_key: an RSA key, PEM, not encrypted
	Certificate []byte // security_certificate: of the key, PEM; workers look it up in their security_cert_store
	Digest      string // security_digest: sha224, sha256, sha384 or sha512; default sha256
}

// Signer makes the serializer auth: JSON signed with the key of a certificate, as celery.security does. Headers, and
// with them task name and id, are not signed. It is safe for concurrent use.
type Signer struct {
	key     *rsa.PrivateKey
	digest  crypto.Hash
	id      string // of the certificate, as workers look it up
	expires time.Time
}

// NewSigner returns a Signer. Its error is a *message.OptionError under Celery's name of the setting, and never quotes
// a key.
func NewSigner(s Signing) (*Signer, error) {
	out := &Signer{}
	var err error
	if out.key, err = parseKey(s.Key); err != nil {
		return nil, &message.OptionError{Field: "security_key", Problem: err.Error()}
	}
	cert, err := parseCertificate(s.Certificate)
	if err != nil {
		return nil, &message.OptionError{Field: "security_certificate", Problem: err.Error()}
	}
	if !out.key.PublicKey.Equal(cert.PublicKey) {
		return nil, &message.OptionError{Field: "security_certificate", Problem: "does not belong to security_key"}
	}
	if out.id, err = certificateID(cert); err != nil {
		return nil, &message.OptionError{Field: "security_certificate", Problem: err.Error()}
	}
	out.expires = cert.NotAfter
	var ok bool
	if out.digest, ok = digests(s.Digest); !ok {
		return nil, &message.OptionError{
			Field: "security_digest", Value: s.Digest, Problem: "is not one of sha224, sha256, sha384, sha512",
		}
	}
	if _, err := out.encode([]byte("[]")); err != nil { // such as a key too short for the digest
		return nil, &message.OptionError{Field: "security_key", Problem: "cannot sign: " + err.Error()}
	}
	return out, nil
}

// Expires returns the instant from which on workers refuse the certificate.
func (s *Signer) Expires() time.Time { return s.expires }

// Serializer returns the serializer auth.
func (s *Signer) Serializer() message.Serializer {
	return message.Serializer{
		Names: []string{"auth", "application/data"}, ContentType: "application/data", ContentEncoding: "utf-8",
		Encode: s.encode,
	}
}

// encode packs a body with its signature and with what a worker needs to check and read it.
func (s *Signer) encode(body []byte) ([]byte, error) {
	// The longest salt that fits, because that is what workers expect.
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}
	hash := s.digest.New()
	hash.Write(body)
	signature, err := rsa.SignPSS(rand.Reader, s.key, s.digest, hash.Sum(nil), options)
	if err != nil {
		return nil, fmt.Errorf("sign the body: %w", err)
	}
	fields := bytes.Join([][]byte{
		base64Text([]byte(s.id)), base64Text(signature), []byte("application/json"), []byte("utf-8"), body,
	}, []byte("\x00\x01"))
	return base64Text(fields), nil
}

func base64Text(b []byte) []byte { return base64.StdEncoding.AppendEncode(nil, b) }

// digests returns the hash function of that name in the setting security_digest.
func digests(name string) (crypto.Hash, bool) {
	switch strings.ToLower(name) {
	case "sha224":
		return crypto.SHA224, true
	case "", "sha256":
		return crypto.SHA256, true
	case "sha384":
		return crypto.SHA384, true
	case "sha512":
		return crypto.SHA512, true
	}
	return 0, false
}

// parseKey does not wrap errors of the libraries, which might say something of the key.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("is not a PEM file")
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return nil, errors.New("is encrypted; decrypt it with \"openssl pkey\" and protect the file instead")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a private key")
	}
	if rsaKey, ok := key.(*rsa.PrivateKey); ok {
		return rsaKey, nil
	}
	return nil, errors.New("is not an RSA key, the only kind that workers accept")
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("is not a PEM file")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is not a certificate: %w", err)
	}
	return cert, nil
}

// certificateID is Celery's name of a certificate: the values of the issuer's name in their order, and the serial
// number.
func certificateID(cert *x509.Certificate) (string, error) {
	var issuer pkix.RDNSequence
	if _, err := asn1.Unmarshal(cert.RawIssuer, &issuer); err != nil {
		return "", fmt.Errorf("has an issuer that cannot be read: %w", err)
	}
	var words []string
	for _, set := range issuer {
		for _, attribute := range set {
			word, ok := attribute.Value.(string)
			if !ok {
				return "", errors.New("has an issuer whose name is not text")
			}
			words = append(words, word)
		}
	}
	return strings.Join(append(words, cert.SerialNumber.String()), " "), nil
}
