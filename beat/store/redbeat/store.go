package redbeat

import (
	"context"
	"embed"
	"fmt"
	"path"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/listing"
	"github.com/gobeat/gobeat/beat/store/redisstore"
)

//go:embed lua/*.lua
var sources embed.FS

// Store reads and edits the entries of RedBeat; its state is that of the embedded store. It is safe for concurrent use.
type Store struct {
	*redisstore.Store

	cfg   Config
	kinds *kinds.Compiler
	watch watch
}

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)
	_ beat.Ledger  = (*Store)(nil)
)

// Open returns a store. It connects when it is first used.
func Open(c Config) (*Store, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	f, err := foreign(c)
	if err != nil {
		return nil, err
	}
	state, err := redisstore.Open(redisstore.Config{
		URL: c.URL, TLS: c.TLS, Sentinel: c.Sentinel, Namespace: "redbeat " + c.Prefix, MaxConns: c.MaxConns, Logger: c.Logger, Foreign: f,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{Store: state, cfg: c, kinds: kinds.NewCompiler(c.Location, nil)}
	s.watch.store = s
	return s, nil
}

func foreign(c Config) (*redisstore.Foreign, error) {
	hooks, err := sources.ReadFile("lua/hooks.lua")
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	f := &redisstore.Foreign{Keys: []string{c.Prefix, c.LockKey}, Hooks: string(hooks), Scripts: map[string]string{}, Extra: traceOf, Placed: placedOf}
	for _, name := range []string{"names", "digests", "rows", "write", "swap", "remove", "decided", "forget", "holder"} {
		text, err := sources.ReadFile(path.Join("lua", name+".lua"))
		if err != nil {
			return nil, fmt.Errorf("read scripts: %w", err)
		}
		f.Scripts[name] = string(text)
	}
	return f, nil
}

// Features says what the store can do. What is durable is known after Prepare.
func (s *Store) Features() beat.Features {
	f := s.Store.Features()
	f.Name += ", keys of RedBeat"
	f.Source, f.Inherits, f.Hints = "redbeat", true, false
	f.Agenda, f.Inventory, f.Upserts, f.Ranges = false, false, false, false
	return f
}

// Hints returns nil: RedBeat tells nobody of changes.
func (s *Store) Hints(context.Context) <-chan struct{} { return nil }

// List returns entries with their cursors, ordered by name. Runs by others are counted, too. It reads all entries for that.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	page, next, err := listing.List(ctx, s, f, after, limit)
	if err != nil {
		return nil, "", err
	}
	names := make([]string, len(page))
	for i := range page {
		names[i] = string(page[i].Entry.ID)
	}
	rows, err := s.rows(ctx, names)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	counts := map[beat.EntryID]int64{}
	for _, r := range rows {
		counts[beat.EntryID(r.id)] = r.count
	}
	for i := range page {
		page[i].Cursor.Fires = max(page[i].Cursor.Fires, counts[page[i].Entry.ID])
	}
	return page, next, nil
}

// Named returns the entry of a name, if there is one.
func (s *Store) Named(ctx context.Context, name string) ([]beat.Entry, error) {
	return s.entries(ctx, []string{name})
}
