package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "30": 30 * time.Second, "1.5": 1500 * time.Millisecond, "90s": 90 * time.Second,
		"1h30m": 90 * time.Minute, "2d": 48 * time.Hour, "0.5d": 12 * time.Hour, "250ms": 250 * time.Millisecond,
	} {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("parseSpan(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "-1", "-1s", "1w", "NaN", "Inf", "1e30", "99999999d", "d"} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("parseSpan(%q) = %s, want an error", text, got)
		}
	}
}

func TestParseEvery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, period string
		n            int64
	}{
		{"10", "", 10},
		{"10s", "seconds", 10},
		{"60s", "minutes", 1},
		{"90s", "seconds", 90},
		{"24h", "days", 1},
		{"1h30m", "minutes", 90},
		{"2d", "days", 2},
		{"250ms", "microseconds", 250_000},
		{" 5m ", "minutes", 5},
	}
	for _, tt := range tests {
		if n, period, err := parseEvery(tt.text); err != nil || n != tt.n || period != tt.period {
			t.Errorf("parseEvery(%q) = %d %q, %v, want %d %q", tt.text, n, period, err, tt.n, tt.period)
		}
	}
	for _, text := range []string{"", "x", "0s", "5ns", "-5s", "1h5"} {
		if n, period, err := parseEvery(text); err == nil {
			t.Errorf("parseEvery(%q) = %d %q, want an error", text, n, period)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, text, want string }{
		{"UTC", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"},
		{"Europe/Berlin", "2026-01-01T10:00:00.25+05:30", "2026-01-01T04:30:00.25Z"},
		{"Europe/Berlin", "2026-01-01 10:00", "2026-01-01T09:00:00Z"},
		{"Europe/Berlin", "2026-07-01T10:00:30", "2026-07-01T08:00:30Z"},
		{"Asia/Kolkata", "2026-07-01", "2026-06-30T18:30:00Z"},
		{"Europe/Berlin", "2025-03-30 01:59:59", "2025-03-30T00:59:59Z"},
		{"Europe/Berlin", "2025-03-30 03:00", "2025-03-30T01:00:00Z"},
		{"Europe/Berlin", "2025-10-26 01:59", "2025-10-25T23:59:00Z"},
		{"Europe/Berlin", "2025-10-26 03:00", "2025-10-26T02:00:00Z"},
		{"Australia/Lord_Howe", "2025-10-05 02:30", "2025-10-04T15:30:00Z"}, // clocks move by half an hour
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},              // the day before does not exist
	}
	for _, tt := range tests {
		got, err := parseTime(tt.text, zone(t, tt.zone))
		if err != nil || got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("parseTime(%q, %s) = %s, %v, want %s", tt.text, tt.zone, got.Format(time.RFC3339Nano), err, tt.want)
		}
	}
	for _, tt := range []struct{ zone, text, want string }{
		{"Europe/Berlin", "2025-03-30 02:30", "does not exist in Europe/Berlin"},
		{"Europe/Berlin", "2025-10-26 02:30", "happens twice in Europe/Berlin"},
		{"Pacific/Apia", "2011-12-30 12:00", "does not exist in Pacific/Apia"},
		{"UTC", "tomorrow", "is not a time such as"},
		{"UTC", "2026-02-30", "is not a time such as"},
		{"UTC", "", "is not a time such as"},
	} {
		if got, err := parseTime(tt.text, zone(t, tt.zone)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("parseTime(%q, %s) = %s, %v, want an error with %q", tt.text, tt.zone, got, err, tt.want)
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"Nightly", "ping", "pong", "weekly-report", "monthly-report", "yearly-report", "daily-report"}
	tests := []struct {
		name string
		want []string
	}{
		{"nightly", []string{"Nightly"}},
		{"pign", []string{"ping"}},
		{"pin", []string{"ping"}},
		{"report", []string{"weekly-report", "monthly-report", "yearly-report"}},
		{"weekly-repot", []string{"weekly-report", "yearly-report"}},
		{"x", nil},
		{"", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, nearest(tt.name, names)); diff != "" {
			t.Errorf("nearest(%q) (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var tab table
	tab.add("a", "ünï", "last")
	tab.add("longer", "", "")
	tab.add("tab\tbell\a", strings.Repeat("x", 70), strings.Repeat("y", 70))
	var b strings.Builder
	if err := tab.write(&b, "> "); err != nil {
		t.Fatal(err)
	}
	gap := strings.Repeat(" ", 57)
	want := "> a          ünï" + gap + "  last\n> longer\n> tab bell�  " +
		strings.Repeat("x", 59) + "…  " + strings.Repeat("y", 70) + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
