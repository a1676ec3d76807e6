package redisdial

import (
	"strings"
	"testing"
)

func TestSentinelAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		state map[string]string
		want  string // part of the error; empty: there is an address
	}{
		{"master", map[string]string{"flags": "master", "ip": "10.0.0.1", "port": "6379", "num-other-sentinels": "2"}, ""},
		{"down", map[string]string{"flags": "master,s_down", "ip": "10.0.0.1", "port": "6379"}, "is down"},
		{"surely down", map[string]string{"flags": "master,s_down,o_down", "ip": "10.0.0.1", "port": "6379"}, "is down"},
		{"no master", map[string]string{"flags": "slave", "ip": "10.0.0.1", "port": "6379"}, "no master"},
		{"nothing", nil, "no master"},
		{"lonely", map[string]string{"flags": "master", "ip": "h", "port": "1", "num-other-sentinels": "0"}, "min_other_sentinels wants 1"},
		{"no port", map[string]string{"flags": "master", "ip": "h", "port": "x", "num-other-sentinels": "1"}, "its address"},
		{"no host", map[string]string{"flags": "master", "port": "1", "num-other-sentinels": "1"}, "its address"},
	}
	for _, tt := range tests {
		host, port, err := Sentinel{MinOthers: 1}.read(tt.state)
		switch {
		case tt.want == "" && (err != nil || host != "10.0.0.1" || port != 6379):
			t.Errorf("%s: got %s, %d and %v", tt.name, host, port, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func FuzzSentinelAnswer(f *testing.F) {
	f.Add("master", "10.0.0.1", "6379", "2", 1)
	f.Fuzz(func(t *testing.T, flags, ip, port, others string, least int) {
		state := map[string]string{"flags": flags, "ip": ip, "port": port, "num-other-sentinels": others}
		host, n, err := Sentinel{MinOthers: least}.read(state)
		if err == nil && (host == "" || n < 1 || n > 65535 || strings.Contains(flags, "_down")) {
			t.Fatalf("got %q and %d of %v", host, n, state)
		}
	})
}
