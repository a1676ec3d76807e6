package cli

import (
	"maps"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// A store is opened anew when its settings change, and only then.
func TestSameStore(t *testing.T) {
	t.Parallel()
	load := func(env ...map[string]string) config.Config {
		all := map[string]string{}
		for _, e := range env {
			maps.Copy(all, e)
		}
		cfg, err := config.Load(config.Sources{LookupEnv: func(name string) (string, bool) {
			value, ok := all[name]
			return value, ok
		}})
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	native := map[string]string{"BEAT_DATABASE_URL": "postgresql://localhost/beat"}
	sentinels := map[string]string{
		"BEAT_DATABASE_URL": "sentinel://a", "BEAT_DATABASE_SENTINEL": `{"master_name": "m", "sentinel_kwargs": {"ssl": true}}`,
	}
	redBeat := map[string]string{"BEAT_SCHEDULER": "redbeat.RedBeatScheduler", "CELERY_REDBEAT_REDIS_URL": "rediss://localhost/0"}
	for name, tt := range map[string]struct {
		before, change map[string]string
		same           bool
	}{
		"another broker":           {native, map[string]string{"CELERY_BROKER_URL": "redis://localhost/1"}, true},
		"another database":         {native, map[string]string{"BEAT_DATABASE_URL": "postgresql://localhost/other"}, false},
		"other tables":             {native, map[string]string{"BEAT_SCHEDULER": "django"}, false},
		"the same sentinels":       {sentinels, nil, true},
		"another prefix":           {redBeat, map[string]string{"CELERY_REDBEAT_KEY_PREFIX": "site:"}, false},
		"another lock":             {redBeat, map[string]string{"CELERY_REDBEAT_LOCK_KEY": "mine"}, false},
		"another authority":        {redBeat, map[string]string{"CELERY_REDBEAT_REDIS_USE_SSL": `{"ssl_ca_certs": "ca.pem"}`}, false},
		"that of the broker":       {redBeat, map[string]string{"CELERY_BROKER_USE_SSL": `{"ssl_ca_certs": "ca.pem"}`}, false},
		"a broker beside RedBeat":  {redBeat, map[string]string{"CELERY_BROKER_URL": "redis://localhost/1"}, true},
		"RedBeat's keys otherwise": {native, map[string]string{"CELERY_REDBEAT_KEY_PREFIX": "site:"}, true},
	} {
		before, after := load(tt.before), load(tt.before, tt.change)
		if got := sameStore(&before, &after); got != tt.same {
			t.Errorf("%s: the same is %t, want %t", name, got, tt.same)
		}
	}
}
