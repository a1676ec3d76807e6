package redisstore

import (
	"context"

	"github.com/gobeat/gobeat/beat"
)

// Foreign are entries that another program keeps in the same database of the same Redis. The store then keeps leases,
// cursors, batches and history only, and what it does with entries is up to the hooks, within the same scripts. Whoever
// builds on it brings methods of Entries, Changes and Catalog.
type Foreign struct {
	// Keys follow the prefix of the namespace as KEYS[2] and on, in all scripts.
	Keys []string
	// Hooks is Lua that defines the functions known, running, ended, ran, placed, outsider, guard and unguard as common.lua has
	// them.
	Hooks string
	// Scripts are further scripts for Run by name, in Lua, with all that common.lua and Hooks define.
	Scripts map[string]string
	// Extra returns what hooks find in the field extra of a decision; may be nil.
	Extra func(*beat.Decision) any
	// Placed returns what hooks find in the field extra of a cursor that is put; may be nil.
	Placed func(*beat.Cursor) any
}

// Run runs one of the scripts of Foreign. Its error wraps beat.ErrUnavailable when Redis cannot be reached.
func (s *Store) Run(ctx context.Context, name string, args ...any) (any, error) {
	return s.run(ctx, name, args...)
}
