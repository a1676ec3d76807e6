package main

import (
	"strings"
	"testing"
)

const output = `{"Action":"run","Package":"x/gormstore","Test":"TestStore/sqlite/claims/L4_exactly"}
{"Action":"pass","Package":"x/gormstore","Test":"TestStore/sqlite/claims/L4_exactly"}
{"Action":"pass","Package":"x/gormstore","Test":"TestStore/sqlite/claims"}
{"Action":"skip","Package":"x/gormstore","Test":"TestStore/sqlite/upserts/S16_never"}
{"Action":"pass","Package":"x/gormstore","Test":"TestSeeds/sqlite/Quantum:_states"}
{"Action":"pass","Package":"x/gormstore","Test":"TestRecovery/sqlite/R1_down"}
{"Action":"pass","Package":"x/memstore","Test":"TestSeeds/Quantum:_states"}
{"Action":"fail","Package":"x/memstore","Test":"TestStore/agenda/D1_what"}
{"Action":"pass","Package":"x/memstore","Test":"TestOther/D1_what"}
`

func TestMatrix(t *testing.T) {
	t.Parallel()
	m, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := m.print(&b); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(b.String(), "\n")
	for i, want := range []string{
		2: "| gormstore sqlite | 0 (1 skipped) | - | - | - | 1 | - | - | 1 | - | 1 |",
		3: "| memstore | - | 0 (1 FAILED) | - | - | - | - | - | - | - | 1 |",
	} {
		if want != "" && rows[i] != want {
			t.Errorf("row %q, want %q", rows[i], want)
		}
	}
	if err := m.failures(); err == nil || err.Error() != "1 tests failed" {
		t.Errorf("failures: %v", err)
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	m, err := read(strings.NewReader(""))
	if err != nil || m.failures() == nil {
		t.Errorf("no test at all: %v, %v, want an error", err, m.failures())
	}
	if _, err := read(strings.NewReader("FAIL\n")); err == nil {
		t.Error("a line that is not JSON is taken")
	}
}
