package redis

import (
	"errors"
	"fmt"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
)

// unavailable turns what went wrong with a command into an error of the port. Every such failure is worth another
// attempt: the connection, a server that starts or lacks memory, a replica, even a password that an operator will mend.
func (p *Publisher) unavailable(err error) error {
	if errors.Is(err, goredis.ErrClosed) {
		return message.ErrClosed
	}
	if goredis.IsReadOnlyError(err) || goredis.IsLoadingError(err) || goredis.IsMasterDownError(err) {
		p.dialer.Next()
	}
	if goredis.HasErrorPrefix(err, "SELECT is not allowed in cluster mode") {
		return fmt.Errorf("%w: a Redis Cluster has only database 0, so end the URL with /0: %w", message.ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %w", message.ErrUnavailable, err)
}

// serverReply returns the error that the server answered, or nothing when no answer came.
func serverReply(err error) string {
	if reply, ok := errors.AsType[goredis.Error](err); ok {
		return reply.Error()
	}
	return ""
}

func wrongType(err error) bool { return goredis.HasErrorPrefix(err, "WRONGTYPE") }
