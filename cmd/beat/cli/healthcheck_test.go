package cli_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	s, arrived := redisServer(t)
	env := newEnviron("DATABASE_URL", added(t), "CELERY_BROKER_URL", s.URL())
	p := start(t, env, "run", "--http", "127.0.0.1:0")
	address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(p.wait(t, "serving health and metrics"))
	<-arrived
	for _, args := range [][]string{{"healthcheck"}, {"healthcheck", "--ready"}} {
		out, errs, code := once(t.Context(), env, append(args, "--http", address)...)
		if code != 0 || out != "ok: leading\n" {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out, errs)
		}
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	_, errs, code := once(t.Context(), env, "healthcheck", "--http", address)
	if code != 1 || !strings.Contains(errs, "ask the running beat") {
		t.Errorf("nobody runs: exit code %d, %q", code, errs)
	}
	_, errs, code = once(t.Context(), env, "healthcheck")
	if code != 2 || !strings.Contains(errs, "the setting http is empty") {
		t.Errorf("no address: exit code %d, %q", code, errs)
	}
}
