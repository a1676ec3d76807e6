package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// TLSFiles names the PEM files of a server with TLS.
type TLSFiles struct {
	CA   string // whom it trusts, as to clients
	Cert string // its own certificate
	Key  string
}

// RabbitMQTLS is RabbitMQ that speaks TLS beside plain AMQP, asks clients for a certificate that the authority of files
// has signed, and lets them log in by it (EXTERNAL: the user is the common name) or by password. Extra arguments are lines
// of rabbitmq.conf.
func RabbitMQTLS(files TLSFiles) Kind {
	k := RabbitMQ()
	k.Name = "rabbitmq-tls"
	tlsPort := k.ports
	k.ports++
	k.prepare = func(ctx context.Context, s *Server) error {
		s.args = append([]string{
			"listeners.ssl.1 = " + address(s.port(tlsPort)),
			"ssl_options.cacertfile = " + files.CA,
			"ssl_options.certfile = " + files.Cert,
			"ssl_options.keyfile = " + files.Key,
			"ssl_options.verify = verify_peer",
			"ssl_options.fail_if_no_peer_cert = true",
			"ssl_cert_login_from = common_name",
			"auth_mechanisms.1 = PLAIN",
			"auth_mechanisms.2 = AMQPLAIN",
			"auth_mechanisms.3 = EXTERNAL",
		}, s.args...)
		if err := prepareRabbitMQ(ctx, s); err != nil {
			return err
		}
		plugins := filepath.Join(s.dir, "enabled_plugins")
		if err := os.WriteFile(plugins, []byte("[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n"), 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", plugins, err)
		}
		return nil
	}
	k.url = func(s *Server) string {
		return fmt.Sprintf("amqps://beat:beat@localhost:%s/%%2F", strconv.Itoa(s.port(tlsPort)))
	}
	return k
}
