package cli

import (
	"slices"
	"testing"
)

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name              string
		args, rest, moved []string
	}{
		{"nothing", []string{"beat", "run", "-l", "info"}, []string{"beat", "run", "-l", "info"}, nil},
		{"no password", []string{"beat", "-b", "redis://h/0"}, []string{"beat", "-b", "redis://h/0"}, nil},
		{"short", []string{"beat", "-b", "redis://:s@h/0", "run"}, []string{"beat", "run"}, []string{"BEAT_BROKER_URL=redis://:s@h/0"}},
		{"short and joined", []string{"beat", "-bredis://:s@h/0"}, []string{"beat"}, []string{"BEAT_BROKER_URL=redis://:s@h/0"}},
		{"long", []string{"beat", "--broker", "amqp://u:s@h//", "-A", "p"}, []string{"beat", "-A", "p"}, []string{"BEAT_BROKER_URL=amqp://u:s@h//"}},
		{
			"long and joined",
			[]string{"beat", "--database-url=postgresql://u:s@h/d?a=b"},
			[]string{"beat"},
			[]string{"BEAT_DATABASE_URL=postgresql://u:s@h/d?a=b"},
		},
		{
			"several",
			[]string{"beat", "-b", "amqp://u:s@h//", "run", "--database-url", "mysql://u:s@h/d"},
			[]string{"beat", "run"},
			[]string{"BEAT_BROKER_URL=amqp://u:s@h//", "BEAT_DATABASE_URL=mysql://u:s@h/d"},
		},
		{
			"as a setting",
			[]string{"beat", "run", "--", "broker.url=redis://:s@h/0"},
			[]string{"beat", "run", "--"},
			[]string{"BEAT_BROKER_URL=redis://:s@h/0"},
		},
		{
			"a password alone",
			[]string{"beat", "run", "--", "broker.password=s", "broker.user=u"},
			[]string{"beat", "run", "--", "broker.user=u"},
			[]string{"BEAT_BROKER_PASSWORD=s"},
		},
		{"without a value", []string{"beat", "-b"}, []string{"beat", "-b"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rest, moved := withoutSecrets(tt.args)
			if !slices.Equal(rest, tt.rest) || !slices.Equal(moved, tt.moved) {
				t.Errorf("got %q and %q, want %q and %q", rest, moved, tt.rest, tt.moved)
			}
		})
	}
}
