package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// TLS holds the ssl_ arguments of a broker URL under kombu's names. The zero value verifies the server's certificate
// and its name against the certificates of the system. kombu does not verify unless told to; that would let anybody
// on the way read what is sent, so here it must be asked for with ssl_cert_reqs=none.
type TLS struct {
	Insecure   bool   // ssl_cert_reqs=none: nothing is verified
	AnyName    bool   // ssl_check_hostname=false: the chain is verified, the name is not
	CAFile     string // ssl_ca_certs: PEM file of trusted certificates instead of the system's
	CertFile   string // ssl_certfile: PEM file of the client's certificate
	KeyFile    string // ssl_keyfile: PEM file of its key; empty when CertFile holds both
	ServerName string // ssl_server_hostname: the name to verify instead of the host of the URL
}

// WithTLS returns the URL with settings of TLS, which make it one with TLS when it is not yet; nil leaves it as it is.
// Arguments in the URL win over all of them. An AMQP URL that names no port then means that of TLS, as in kombu.
func (u URL) WithTLS(t *TLS) URL {
	if t == nil || !u.noTLS {
		return u
	}
	u.TLS = t
	if u.noPort && u.Driver() == DriverAMQP {
		u.Port = portAMQPS
	}
	return u
}

func (t *TLS) set(name, value string) error {
	switch name {
	case "ssl_cert_reqs":
		switch strings.TrimPrefix(strings.ToLower(value), "cert_") {
		case "required", "optional":
			t.Insecure = false
		case "none":
			t.Insecure = true
		default:
			return fmt.Errorf("ssl_cert_reqs must be required, optional or none, not %.40q", value)
		}
	case "ssl_check_hostname":
		t.AnyName = strings.EqualFold(value, "false") || value == "0"
	case "ssl_ca_certs":
		t.CAFile = value
	case "ssl_certfile":
		t.CertFile = value
	case "ssl_keyfile":
		t.KeyFile = value
	case "ssl_server_hostname":
		t.ServerName = value
	default:
		return fmt.Errorf("argument %.40q is unknown", name)
	}
	return nil
}

// Config reads the files and returns a configuration for a connection to the given host. It is made anew for each
// connection, so that renewed certificates count.
func (t *TLS) Config(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, InsecureSkipVerify: t.Insecure}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ssl_ca_certs: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ssl_ca_certs: %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		key := t.KeyFile
		if key == "" {
			key = t.CertFile
		}
		pair, err := tls.LoadX509KeyPair(t.CertFile, key)
		if err != nil {
			return nil, fmt.Errorf("read ssl_certfile: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if t.AnyName && !t.Insecure {
		verifyChainOnly(c)
	}
	return c, nil
}

// verifyChainOnly replaces the check of crypto/tls, which cannot leave out the name.
func verifyChainOnly(c *tls.Config) {
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the server sent no certificate")
		}
		between := x509.NewCertPool()
		for _, cert := range s.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: c.RootCAs, Intermediates: between})
		return err
	}
}
