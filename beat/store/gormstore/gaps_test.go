package gormstore

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Numbers become visible in any order: each is news exactly once, and the gaps are what is missing below the largest.
func TestFillGaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Int64Range(1, 60), 1, 40, rapid.ID[int64]).Draw(t, "numbers")
		seen := map[int64]bool{}
		var gaps []int64
		var top int64
		for len(all) > 0 {
			n := rapid.IntRange(1, len(all)).Draw(t, "committed")
			fresh := false
			for _, seq := range all[:n] {
				fresh = fresh || !seen[seq]
				seen[seq] = true
			}
			all = all[n:]
			var visible []int64
			for seq := range seen {
				visible = append(visible, seq)
			}
			slices.Sort(visible)
			var news bool
			gaps, top, news = fillGaps(gaps, top, visible)
			if news != fresh {
				t.Fatalf("news is %v, want %v", news, fresh)
			}
			if top != visible[len(visible)-1] {
				t.Fatalf("top is %d, want %d", top, visible[len(visible)-1])
			}
			for seq := int64(1); seq < top; seq++ {
				if inGaps(gaps, seq) == seen[seq] {
					t.Fatalf("number %d: visible %v, in gaps %v", seq, seen[seq], gaps)
				}
			}
			if fillAgain, _, again := fillGaps(gaps, top, visible); again || !slices.Equal(fillAgain, gaps) {
				t.Fatalf("looking again gives %v after %v", fillAgain, gaps)
			}
		}
	})
}

func TestGapsAfter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		last int64
		want []int64
	}{
		{"before all", 1, []int64{2, 3, 7, 7}},
		{"between", 5, []int64{7, 7}},
		{"behind all", 9, nil},
	} {
		if d := cmp.Diff(c.want, gapsAfter([]int64{2, 3, 7, 7}, c.last), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"sqlite:///a.db", "postgresql+psycopg2://u:p@h/d", "mysql://u:p@h:1/d?ssl=1", "://", "sqlite://", "x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseURL(raw)
		if err != nil {
			return
		}
		if (got.url == nil) == (got.path == "") {
			t.Errorf("parseURL(%q) = %+v", raw, got)
		}
		if got.url != nil && got.dialect == "mysql" {
			_, _ = mysqlConfig(got.url)
		}
	})
}
