package redisstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// A script is a Lua source in the two forms that servers want. From Redis 7 on, the first line "#!lua" makes the server
// refuse the whole script when memory is short, rather than stop in the middle of it; before, such a line is an error.
type script struct{ plain, headed *goredis.Script }

// scripts are all scripts by name.
type scripts map[string]script

func readScripts(f *Foreign) (scripts, error) {
	common, err := sources.ReadFile("lua/common.lua")
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	names, err := fs.Glob(sources, "lua/*.lua")
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	all := scripts{}
	leads, err := sources.ReadFile("lua/leads.lua")
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	begin := string(common)
	if f != nil {
		begin += f.Hooks
	}
	begin += string(leads)
	if f != nil {
		for name, text := range f.Scripts {
			all[name] = newScript(begin + text)
		}
	}
	for _, name := range names {
		own, err := sources.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read scripts: %w", err)
		}
		all[strings.TrimSuffix(strings.TrimPrefix(name, "lua/"), ".lua")] = newScript(begin + string(own))
	}
	return all, nil
}

func newScript(text string) script {
	return script{plain: goredis.NewScript(text), headed: goredis.NewScript("#!lua\n" + text)}
}

// run runs a script in the namespace. A server that does not know it, as after a restart, is sent its text.
func (s *Store) run(ctx context.Context, name string, args ...any) (any, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	form := s.scripts[name].plain
	if met := s.server.Load(); met != nil && met.major >= 7 {
		form = s.scripts[name].headed
	}
	keys := []string{s.base}
	if s.cfg.Foreign != nil {
		keys = append(keys, s.cfg.Foreign.Keys...)
	}
	reply, err := form.Run(ctx, s.client, keys, args...).Result()
	if err != nil {
		return nil, s.failed(ctx, "run script "+name, err)
	}
	return reply, nil
}

// List takes an answer for a list.
func List(reply any) []any {
	l, _ := reply.([]any)
	return l
}

// word takes an answer, or one part of it, for a text; what is missing is empty.
func word(reply any) string {
	w, _ := reply.(string)
	return w
}

// Words takes an answer for a list of texts.
func Words(reply any) []string {
	l := List(reply)
	out := make([]string, len(l))
	for i := range l {
		out[i] = word(l[i])
	}
	return out
}
