package cli

import "testing"

func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 100},
		{1 << 20, 300},
		{16 << 20, 300},
		{32 << 20, 200},
		{64 << 20, 100},
		{110 << 20, 100},
		{200 << 20, 60},
		{400 << 20, 30},
		{500 << 20, 30},
		{1 << 40, 30},
	} {
		if got := growth(tt.live); got != tt.want {
			t.Errorf("growth of %d MiB: got %d %%, want %d %%", tt.live>>20, got, tt.want)
		}
	}
}
