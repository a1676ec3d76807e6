package redbeat

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
)

// chunk is how many entries a script looks at, which holds up Redis that long.
const chunk = 500

// tokenMark begins all tokens of pages, because a name may be empty.
const tokenMark = "after "

// Load returns a page of entries in the order of their names.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("load: limit is %d, must be positive", limit)
	}
	names, err := s.names(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	if name, ok := strings.CutPrefix(string(after), tokenMark); ok {
		from, _ := slices.BinarySearch(names, name+"\x00") // the least text after it
		names = names[from:]
	}
	more := len(names) > limit
	if more {
		names = names[:limit]
	}
	page, err := s.entries(ctx, names)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	if more {
		return page, beat.PageToken(tokenMark + names[limit-1]), nil
	}
	return page, "", nil
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	attempt := "look up " + strconv.Quote(string(id))
	found, err := s.entries(ctx, []string{string(id)})
	switch {
	case err != nil:
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, err)
	case len(found) == 0:
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
	}
	return found[0], nil
}

// names returns the names of all entries, sorted. Members without the prefix are none of RedBeat's either.
func (s *Store) names(ctx context.Context) ([]string, error) {
	reply, err := s.Run(ctx, "names")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, member := range redisstore.Words(reply) {
		if name, ok := strings.CutPrefix(member, s.cfg.Prefix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// entries reads the entries that there are of some names.
func (s *Store) entries(ctx context.Context, names []string) ([]beat.Entry, error) {
	rows, err := s.rows(ctx, names)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var now time.Time
	found := make([]beat.Entry, len(rows))
	for i, r := range rows {
		found[i] = r.entry()
		e := &found[i]
		if e.Bad != nil || !r.neverRan(e) {
			continue
		}
		if now.IsZero() {
			if now, err = s.Now(ctx); err != nil {
				return nil, err
			}
		}
		e.RanAt = s.due(&e.Spec, r.dueAt(), now)
	}
	return found, nil
}

func (s *Store) rows(ctx context.Context, names []string) ([]row, error) {
	var found []row
	for part := range slices.Chunk(names, chunk) {
		reply, err := s.Run(ctx, "rows", anys(part)...)
		if err != nil {
			return nil, err
		}
		for _, r := range redisstore.List(reply) {
			if parts := redisstore.Words(r); len(parts) == 7 {
				count, _ := strconv.ParseInt(parts[6], 10, 64) // the script made it
				found = append(found, row{
					id: parts[0], definition: parts[1], meta: parts[2], cursor: parts[3], static: parts[4] == "1", score: parts[5],
					count: count,
				})
			}
		}
	}
	return found, nil
}

func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
