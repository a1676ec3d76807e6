package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// journal is the log of a process that runs for long: level and file can change while it is in use.
type journal struct {
	*slog.Logger
	level *slog.LevelVar
	out   *logOutput
}

// openJournal starts the log that the settings describe.
func (a *App) openJournal(c config.Log) (*journal, error) {
	j := &journal{level: &slog.LevelVar{}, out: &logOutput{errw: a.Err}}
	if err := j.apply(c); err != nil {
		return nil, err
	}
	var h slog.Handler
	switch {
	case c.Format == config.FormatJSON:
		h = slog.NewJSONHandler(j.out, &slog.HandlerOptions{Level: j.level, ReplaceAttr: nameLevel})
	case c.File == "" && !c.NoColor && isTerminal(a.Err):
		h = celeryText{tint.NewTextHandler(j.out, &tint.Options{Level: j.level, TimeFormat: time.StampMilli})}
	default:
		h = celeryText{slog.NewTextHandler(j.out, &slog.HandlerOptions{Level: j.level, ReplaceAttr: nameLevel})}
	}
	j.Logger = slog.New(h)
	return j, nil
}

// apply changes level and file; the file is opened anew even if its name is the same. The form of the log stays.
func (j *journal) apply(c config.Log) error {
	if err := j.out.open(c.File); err != nil {
		return err
	}
	j.level.Set(c.Level)
	return nil
}

// Logger returns the log of a command that soon ends: warnings to standard error, or more if the loglevel asks for it.
func (a *App) Logger(cfg config.Config) *slog.Logger {
	level := slog.LevelWarn
	if cfg.Origin("loglevel") != config.FromDefault {
		level = cfg.Log.Level
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level, ReplaceAttr: nameLevel}))
}

// nameLevel gives levels the names that Celery users know.
func nameLevel(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey {
		if l, ok := a.Value.Any().(slog.Level); ok {
			a.Value = slog.StringValue(config.LevelName(l))
		}
	}
	return a
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// celeryText words the line about a task that is sent as celery beat does, because scripts and alerts look for it.
type celeryText struct{ slog.Handler }

const (
	sendingMessage = "sending due task"
	celerySending  = "Scheduler: Sending due task "
)

// Handle rewrites that one message and hands on every other as it is.
func (h celeryText) Handle(ctx context.Context, r slog.Record) error {
	if r.Message != sendingMessage {
		return h.Handler.Handle(ctx, r)
	}
	var name, task string
	var rest []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "name":
			name = a.Value.String()
		case "task":
			task = a.Value.String()
		default:
			rest = append(rest, a)
		}
		return true
	})
	out := slog.NewRecord(r.Time, r.Level, celerySending+name+" ("+task+")", r.PC)
	out.AddAttrs(rest...)
	return h.Handler.Handle(ctx, out)
}

// WithAttrs keeps the wording.
func (h celeryText) WithAttrs(attrs []slog.Attr) slog.Handler {
	return celeryText{h.Handler.WithAttrs(slices.Clip(attrs))}
}

// WithGroup keeps the wording.
func (h celeryText) WithGroup(name string) slog.Handler { return celeryText{h.Handler.WithGroup(name)} }
