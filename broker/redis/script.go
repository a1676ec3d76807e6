package redis

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
)

//go:embed publish.lua
var publishSource string

//go:embed takeover.lua
var takeOverSource string

// A script is a Lua source in the two forms that servers want. From Redis 7 on, the first line "#!lua" makes the server
// refuse the whole script when memory is short; before, and in miniredis, such a line is an error.
type script struct{ plain, headed *goredis.Script }

func newScript(source string) script {
	return script{plain: goredis.NewScript(source), headed: goredis.NewScript("#!lua\n" + source)}
}

// run returns the two texts that both scripts answer.
func (p *Publisher) run(ctx context.Context, s script, keys []string, args []any) (verdict, detail string, err error) {
	var reply []string
	err = p.with(func(c goredis.UniversalClient) (err error) {
		form := s.plain
		if p.headed.Load() {
			form = s.headed
		}
		reply, err = form.Run(ctx, c, keys, args...).StringSlice()
		return err
	})
	if err != nil {
		return "", "", err
	}
	if len(reply) != 2 {
		return "", "", errors.New("the script's answer is not of two texts")
	}
	return reply[0], reply[1], nil
}

func fenced(epoch string) error {
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return fmt.Errorf("the stored epoch is no number: %w", err)
	}
	return &message.FencedError{Epoch: n}
}
