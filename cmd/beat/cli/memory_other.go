//go:build !linux

package cli

// protectMemory does nothing: only Linux knows how.
func protectMemory() error { return nil }
