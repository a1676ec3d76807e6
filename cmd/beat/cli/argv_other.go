//go:build !unix

package cli

// replace does nothing: a program cannot take the place of its process here.
func replace([]string, []string) error { return nil }
