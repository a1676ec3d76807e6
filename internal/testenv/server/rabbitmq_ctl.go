package server

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// RabbitMQCtl runs rabbitmqctl on a RabbitMQ server that this package started, for example to raise an alarm. It takes a
// second or two.
func (s *Server) RabbitMQCtl(ctx context.Context, args ...string) error {
	if s.kind.Package != RabbitMQ().Package {
		return errors.New("rabbitmqctl is for RabbitMQ only")
	}
	cmd := exec.CommandContext(ctx, s.kind.find("rabbitmqctl"), args...)
	cmd.Env, cmd.Dir = rabbitmqEnvironment(s), s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rabbitmqctl %q: %w\n%s", args, err, out)
	}
	return nil
}
