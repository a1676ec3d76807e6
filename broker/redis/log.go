package redis

import (
	"context"
	"fmt"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"
)

// LogTo sends what the client library would print to standard error, such as a line for each failed connection, to a
// logger at debug level. The library keeps one logger for the whole process, so this is for programs, which call it
// once before they make publishers; what matters is in the errors of the publisher.
func LogTo(l *slog.Logger) { goredis.SetLogger(libraryLogger{l}) }

type libraryLogger struct{ log *slog.Logger }

// Printf implements the interface of the library.
func (l libraryLogger) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis client library", "text", fmt.Sprintf(format, v...))
}
