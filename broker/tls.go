package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// TLS holds the ssl_ arguments of a broker URL and of broker_use_ssl under kombu's names. The zero value verifies the
// server's certificate and its name against the certificates of the system. kombu does not verify unless told to; that
// would let anybody on the way read what is sent, so here it must be asked for with ssl_cert_reqs=none.
type TLS struct {
	Insecure   bool   // ssl_cert_reqs=none: nothing is verified
	AnyName    bool   // ssl_check_hostname=false: the chain is verified, the name is not
	CAFile     string // ssl_ca_certs: PEM file of trusted certificates instead of the system's
	CAPath     string // ssl_ca_path: folder of such files
	CAData     string // ssl_ca_data: such certificates themselves
	CertFile   string // ssl_certfile: PEM file of the client's certificate
	KeyFile    string // ssl_keyfile: PEM file of its key; empty when CertFile holds both
	ServerName string // ssl_server_hostname: the name to verify instead of the host of the URL
	MinVersion uint16 // ssl_min_version as crypto/tls numbers it; 0: TLS 1.2
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

// Set takes one argument of kombu and redis-py, with or without ssl_ in front of its name. The error says what is wrong
// with the value, or with the argument, in words that follow its name; it does not repeat the value.
func (t *TLS) Set(name, value string) error {
	switch name = strings.TrimPrefix(name, "ssl_"); name {
	case "cert_reqs":
		return t.setVerify(value)
	case "check_hostname":
		return t.setCheckName(value)
	case "min_version":
		return t.setMinVersion(value)
	case "ca_certs":
		t.CAFile = value
	case "ca_path":
		t.CAPath = value
	case "ca_data":
		t.CAData = value
	case "certfile":
		t.CertFile = value
	case "keyfile":
		t.KeyFile = value
	case "server_hostname":
		t.ServerName = value
	default:
		return unknownTLS(name)
	}
	return nil
}

// unknownTLS says why an argument cannot be used. A setting that makes the connection safer must not be passed over.
func unknownTLS(name string) error {
	var reason string
	switch name {
	case "password", "keyfile_password":
		reason = "write the key without a password and let only the user of beat read its file"
	case "ciphers", "ssl_version", "version":
		reason = "versions and ciphers are those that Go considers safe; see ssl_min_version"
	case "validate_ocsp", "validate_ocsp_stapled", "ocsp_context", "ocsp_expected_cert":
		reason = "certificates are not looked up by OCSP"
	case "include_verify_flags", "exclude_verify_flags":
		reason = "it belongs to OpenSSL"
	default:
		return errUnknownArgument
	}
	return fmt.Errorf("is %w: %s", ErrNotSupported, reason)
}

// setVerify takes the words and the numbers of Python's ssl.VerifyMode.
func (t *TLS) setVerify(value string) error {
	switch strings.TrimPrefix(strings.ToLower(strings.TrimPrefix(value, "VerifyMode.")), "cert_") {
	case "required", "optional", "2", "1":
		t.Insecure = false
	case "none", "0":
		t.Insecure = true
	default:
		return errors.New("is not one of required, optional, none")
	}
	return nil
}

// setCheckName is strict where kombu takes everything but false for true: a typing error must not look like a success.
func (t *TLS) setCheckName(value string) error {
	switch strings.ToLower(value) {
	case "true", "1", "yes", "on":
		t.AnyName = false
	case "false", "0", "no", "off":
		t.AnyName = true
	default:
		return errors.New("is not true or false")
	}
	return nil
}

// setMinVersion takes the words and the numbers of Python's ssl.TLSVersion.
func (t *TLS) setMinVersion(value string) error {
	switch strings.ToLower(strings.TrimPrefix(value, "TLSVersion.")) {
	case "tlsv1_2", "tlsv1.2", "1.2", "771":
		t.MinVersion = tls.VersionTLS12
	case "tlsv1_3", "tlsv1.3", "1.3", "772":
		t.MinVersion = tls.VersionTLS13
	default:
		return errors.New("is not one of TLSv1_2, TLSv1_3")
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
	if t.MinVersion != 0 {
		c.MinVersion = t.MinVersion
	}
	var err error
	if c.RootCAs, err = t.roots(); err != nil {
		return nil, err
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

// roots returns whom to trust; nil means the system's certificates.
func (t *TLS) roots() (*x509.CertPool, error) {
	if t.CAFile == "" && t.CAPath == "" && t.CAData == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if t.CAData != "" && !pool.AppendCertsFromPEM([]byte(t.CAData)) {
		return nil, errors.New("read ssl_ca_data: it holds no PEM certificate")
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ssl_ca_certs: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ssl_ca_certs: %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CAPath != "" {
		if err := addFolder(pool, t.CAPath); err != nil {
			return nil, fmt.Errorf("read ssl_ca_path: %w", err)
		}
	}
	return pool, nil
}

// addFolder adds the certificates of all files of a folder. Files that hold none are passed over, as OpenSSL does.
func addFolder(pool *x509.CertPool, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	found := false
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		pem, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		found = pool.AppendCertsFromPEM(pem) || found
	}
	if !found {
		return fmt.Errorf("%s holds no file with a PEM certificate", dir)
	}
	return nil
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
