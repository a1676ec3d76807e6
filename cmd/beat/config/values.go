package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// A value is the place of one setting in a Config. set takes what a file (text, number, truth value, list, map) or a
// variable or flag (text) holds; its error says what the value must be. show returns it for people and for JSON.
type value interface {
	set(v any) error
	show() any
}

// text is any text.
type text struct{ to *string }

func (t text) set(v any) error {
	switch v := v.(type) {
	case string:
		*t.to = v
	case nil:
		*t.to = ""
	case bool, int, int64, float64:
		*t.to = fmt.Sprint(v)
	default:
		return errors.New("is not text")
	}
	return nil
}

func (t text) show() any { return *t.to }

// secret is a text that is shown masked.
type secret struct{ to *Secret }

func (s secret) set(v any) error { return text{(*string)(s.to)}.set(v) }
func (s secret) show() any       { return *s.to }

// choice is one of a few words, in any case.
type choice struct {
	to  *string
	one []string
}

func (c choice) set(v any) error {
	word, _ := v.(string)
	if off, ok := v.(bool); ok && !off { // YAML reads a bare off as false
		word = "off"
	}
	for _, w := range c.one {
		if strings.EqualFold(w, word) {
			*c.to = w
			return nil
		}
	}
	return errors.New("is not one of " + strings.Join(c.one, ", "))
}

func (c choice) show() any { return *c.to }

// truth is true or false.
type truth struct{ to *bool }

func (b truth) set(v any) error {
	switch v := v.(type) {
	case bool:
		*b.to = v
		return nil
	case int:
		*b.to = v != 0
		return nil
	case string:
		switch strings.ToLower(v) {
		case "1", "true", "yes", "on", "t", "y":
			*b.to = true
			return nil
		case "", "0", "false", "no", "off", "f", "n", "none":
			*b.to = false
			return nil
		}
	}
	return errors.New("is not true or false")
}

func (b truth) show() any { return *b.to }

// number is a whole number.
type number struct{ to *int }

func (n number) set(v any) error {
	f, ok := toFloat(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return errors.New("is not a whole number")
	}
	*n.to = int(f)
	return nil
}

func (n number) show() any { return *n.to }

// span is a time span: a number of seconds, as in Celery, or a text such as 500ms or 1m30s.
type span struct{ to *time.Duration }

func (s span) set(v any) error {
	if f, ok := toFloat(v); ok {
		if math.IsNaN(f) || f < 0 || f > 1e9 {
			return errors.New("is not between 0 and 1000000000 seconds")
		}
		*s.to = time.Duration(math.Round(f * float64(time.Second)))
		return nil
	}
	word, ok := v.(string)
	if !ok {
		return errors.New(problemSpan)
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return errors.New(problemSpan)
	}
	if d < 0 {
		return errors.New("is negative")
	}
	*s.to = d
	return nil
}

const problemSpan = "is not a number of seconds or a span such as 500ms or 1m30s"

func (s span) show() any { return s.to.String() }

// level is a log level under Celery's names.
type level struct{ to *slog.Level }

// Log levels that slog has no name for.
const (
	LevelTrace    = slog.LevelDebug - 4
	LevelCritical = slog.LevelError + 4
)

func (l level) set(v any) error {
	word, _ := v.(string)
	switch strings.ToLower(word) {
	case "trace":
		*l.to = LevelTrace
	case "debug":
		*l.to = slog.LevelDebug
	case "info":
		*l.to = slog.LevelInfo
	case "warning", "warn":
		*l.to = slog.LevelWarn
	case "error":
		*l.to = slog.LevelError
	case "critical", "fatal":
		*l.to = LevelCritical
	default:
		return errors.New("is not one of debug, info, warning, error, critical")
	}
	return nil
}

func (l level) show() any { return LevelName(*l.to) }

// LevelName returns Celery's name of a level, in lower case.
func LevelName(l slog.Level) string {
	switch {
	case l < slog.LevelDebug:
		return "trace"
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warning"
	case l < LevelCritical:
		return "error"
	}
	return "critical"
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil
	}
	return 0, false
}

// toObject returns a map out of a file, or out of a variable that holds JSON.
func toObject(v any) (map[string]any, error) {
	switch v := v.(type) {
	case map[string]any:
		return v, nil
	case nil:
		return map[string]any{}, nil
	case string:
		var out map[string]any
		if err := json.Unmarshal([]byte(v), &out); err == nil {
			return out, nil
		}
	}
	return nil, errors.New(`is not an object such as {"global_keyprefix": "x"}`)
}

// presence is true for any text but a clear no: a variable such as NO_COLOR counts by being set.
type presence struct{ to *bool }

func (p presence) set(v any) error {
	if truth(p).set(v) != nil {
		*p.to = true
	}
	return nil
}

func (p presence) show() any { return *p.to }

// deliveryMode is 1 or 2, or kombu's word for it.
type deliveryMode struct{ to *int }

func (d deliveryMode) set(v any) error {
	switch v {
	case "transient":
		v = 1
	case "persistent":
		v = 2
	}
	n := 0
	if err := (number{&n}).set(v); err != nil || n < 1 || n > 2 {
		return errors.New("is not 1 (transient) or 2 (persistent)")
	}
	*d.to = n
	return nil
}

func (d deliveryMode) show() any { return *d.to }

// words is a list of texts, or a text with commas between them.
type words struct{ to *[]string }

func (w words) set(v any) error {
	var out []string
	switch v := v.(type) {
	case nil:
	case string:
		for word := range strings.SplitSeq(v, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out = append(out, word)
			}
		}
	case []any:
		for _, e := range v {
			word, ok := e.(string)
			if !ok || word == "" {
				return errors.New(problemWords)
			}
			out = append(out, word)
		}
	default:
		return errors.New(problemWords)
	}
	*w.to = out
	return nil
}

const problemWords = "is not a list of texts such as [proj.*, mail.send]"

func (w words) show() any { return strings.Join(*w.to, ",") }

// expiry is Celery's result_expires: a number of seconds or a span, of which only matters whether it is none.
type expiry struct{ to *bool }

func (e expiry) set(v any) error {
	if v == nil || v == false || v == "" {
		*e.to = false
		return nil
	}
	var d time.Duration
	if err := (span{&d}).set(v); err != nil {
		return err
	}
	*e.to = d > 0
	return nil
}

func (e expiry) show() any { return *e.to }
