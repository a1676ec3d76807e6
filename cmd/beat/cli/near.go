package cli

import (
	"slices"
	"strings"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// nearest returns up to three of the names that a person may have meant by name, the likeliest first.
func nearest(name string, names []string) []string {
	const most = 3
	low := strings.ToLower(name)
	left := slices.Clone(names)
	var found []string
	take := func(n string) {
		found = append(found, n)
		left = slices.DeleteFunc(left, func(l string) bool { return l == n })
	}
	for _, n := range names {
		if len(found) < most && letters(n) == letters(name) {
			take(n)
		}
	}
	for len(found) < most {
		n := config.Nearest(name, left)
		if n == "" {
			break
		}
		take(n)
	}
	for _, n := range slices.Clone(left) {
		if len(found) < most && len(low) >= 3 && strings.Contains(strings.ToLower(n), low) {
			take(n)
		}
	}
	return found
}

// letters returns the letters of a name without regard to case and order, so that swapped ones are recognised.
func letters(name string) string {
	b := []byte(strings.ToLower(name))
	slices.Sort(b)
	return string(b)
}
