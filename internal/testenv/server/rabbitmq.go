package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// What a RabbitMQ node listens on, as arguments of Server.port.
const (
	amqpPort = iota
	apiPort
	epmdPort
	distPort
	rabbitmqPorts
)

// RabbitMQ is the RabbitMQ server with its management interface. Extra arguments are lines of rabbitmq.conf, for
// example "heartbeat = 5".
func RabbitMQ() Kind {
	return Kind{
		Name:     "rabbitmq",
		Package:  "rabbitmq-server",
		programs: []string{"rabbitmq-server", "epmd"},
		folders:  []string{"/usr/lib/rabbitmq/bin"}, // the program in PATH is a wrapper that changes the account
		ports:    rabbitmqPorts,
		ready:    "Server startup complete",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  prepareRabbitMQ,
		command:  commandRabbitMQ,
		helper:   epmd,
		url: func(s *Server) string {
			return fmt.Sprintf("amqp://beat:beat@%s/%%2F", address(s.port(amqpPort)))
		},
		api: func(s *Server) string { return "http://beat:beat@" + address(s.port(apiPort)) },
	}
}

func prepareRabbitMQ(_ context.Context, s *Server) error {
	lines := append([]string{
		"listeners.tcp.1 = " + address(s.port(amqpPort)),
		"management.tcp.ip = " + host,
		"management.tcp.port = " + strconv.Itoa(s.port(apiPort)),
		"default_user = beat",
		"default_pass = beat",
		"log.console = true",
		"log.console.level = info",
		"log.file = false",
		"disk_free_limit.absolute = 1MB",
	}, s.args...)
	files := map[string]string{
		"rabbitmq.conf":   strings.Join(lines, "\n") + "\n",
		"enabled_plugins": "[rabbitmq_management].\n",
		"environment":     "", // in place of the machine's own settings
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

func commandRabbitMQ(s *Server, _ []string) *exec.Cmd {
	cmd := foreground(s.kind.find("rabbitmq-server"))
	cmd.Env = rabbitmqEnvironment(s)
	return cmd
}

// rabbitmqEnvironment describes a node to its programs.
func rabbitmqEnvironment(s *Server) []string {
	return append(os.Environ(),
		"HOME="+s.dir, // where the Erlang cookie is made
		"RABBITMQ_NODENAME=beat-"+strconv.Itoa(s.port(amqpPort))+"@localhost",
		"RABBITMQ_CONFIG_FILE="+filepath.Join(s.dir, "rabbitmq.conf"),
		"RABBITMQ_CONF_ENV_FILE="+filepath.Join(s.dir, "environment"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(s.dir, "enabled_plugins"),
		"RABBITMQ_MNESIA_BASE="+filepath.Join(s.dir, "data"),
		"RABBITMQ_LOG_BASE="+s.dir,
		"RABBITMQ_PID_FILE="+filepath.Join(s.dir, "pid"),
		"RABBITMQ_LOGS=-",
		"RABBITMQ_DIST_PORT="+strconv.Itoa(s.port(distPort)),
		// Without busy waiting it leaves the processors to the tests.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
		"RUNNING_UNDER_SYSTEMD=true", // the start script then becomes the server instead of staying its parent
		"ERL_EPMD_ADDRESS="+host,
		"ERL_EPMD_PORT="+strconv.Itoa(s.port(epmdPort)),
		"ERL_CRASH_DUMP_SECONDS=0",
	)
}

// epmd is Erlang's port mapper. RabbitMQ would start one itself, as a daemon that outlives the tests.
func epmd(s *Server) *exec.Cmd {
	cmd := foreground(s.kind.find("epmd"), "-address", host, "-port", strconv.Itoa(s.port(epmdPort)))
	cmd.Dir = s.dir
	return cmd
}
