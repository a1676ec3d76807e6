package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// fromRows is the join behind reads of entries.
const fromRows = "select " + models.RowColumns + `
from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id `

// fromSchedules is the same for schedules that are found without their tasks.
func (s *Store) fromSchedules(where string) string {
	return "select " + models.RowColumns + " from (select * from ${prefix}task_schedule " + where + ") s " + s.d.joinTasks()
}

// maxPage is the most entries that memory is set aside for before they are read.
const maxPage = 5000

// Load returns a page of entries in the order of their ids.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	if err := s.usable(ctx); err != nil {
		return nil, "", err
	}
	from, err := LoadToken(after, limit)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	for {
		page, read, err := s.page(ctx, &from, limit)
		switch {
		case err != nil:
			return nil, "", s.wrap("load", err)
		case read < limit:
			return page, "", nil
		case len(page) > 0:
			return page, beat.PageToken(models.EntryID(from)), nil
		}
	}
}

// Edge returns a token behind about the next n entries.
func (s *Store) Edge(ctx context.Context, after beat.PageToken, n int) (beat.PageToken, error) {
	if err := s.usable(ctx); err != nil {
		return "", err
	}
	from, err := LoadToken(after, n)
	if err != nil {
		return "", fmt.Errorf("part the entries: %w", err)
	}
	table := "${prefix}task_schedule"
	if s.cfg.Tasks != "" {
		table = s.cfg.Tasks
	}
	var edge int64
	err = s.gorm.WithContext(ctx).Raw(s.sql("select id from "+table+" where id > ? order by id limit 1 offset ?"),
		from, n-1).Row().Scan(&edge)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", s.wrap("part the entries", err)
	}
	return beat.PageToken(models.EntryID(edge)), nil
}

// Range calls each with the entries between two tokens.
func (s *Store) Range(ctx context.Context, after, until beat.PageToken, each func(*beat.Entry)) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	from, err := LoadToken(after, 1)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	to := int64(math.MaxInt64)
	if until != "" {
		if to, err = LoadToken(until, 1); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	var e beat.Entry
	err = s.eachRow(ctx, s.fromSchedules("where id > ? and id <= ?"), []any{from, to}, func(r *models.Row) {
		if r.Task.Namespace == s.cfg.Namespace {
			e = r.Entry()
			each(&e)
		}
	})
	return s.wrap("load", err)
}

// page reads the next schedules of all namespaces, and returns the entries of ours and how many were read. It moves from
// to the last one. Whose a schedule is stands in its task, and a condition on that would let the planner begin there.
func (s *Store) page(ctx context.Context, from *int64, limit int) (page []beat.Entry, read int, err error) {
	page = make([]beat.Entry, 0, min(limit, maxPage))
	query := s.fromSchedules("where id > ? order by id limit ?") + " order by s.id"
	err = s.eachRow(ctx, query, []any{*from, limit}, func(r *models.Row) {
		read++
		*from = r.Schedule.ID
		if r.Task.Namespace == s.cfg.Namespace {
			page = append(page, r.Entry())
		}
	})
	return page, read, err
}

// LoadToken reads a token of Load: the key behind which entries are wanted.
func LoadToken(after beat.PageToken, limit int) (int64, error) {
	if limit < 1 {
		return 0, fmt.Errorf("limit is %d, must be positive", limit)
	}
	if after == "" {
		return 0, nil
	}
	from, ok := models.ScheduleID(beat.EntryID(after))
	if !ok {
		return 0, fmt.Errorf("page token %q is not one of this store", after)
	}
	return from, nil
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Entry{}, err
	}
	attempt := "look up schedule " + strconv.Quote(string(id))
	key, ok := models.ScheduleID(id)
	if !ok {
		return beat.Entry{}, s.wrap(attempt, beat.ErrNotFound)
	}
	rows, err := s.rows(ctx, "where p.namespace = ? and s.id = ?", s.cfg.Namespace, key)
	if err == nil && len(rows) == 0 {
		err = beat.ErrNotFound
	}
	if err != nil {
		return beat.Entry{}, s.wrap(attempt, err)
	}
	return rows[0], nil
}

// List returns entries with their cursors, ordered by name, then id.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	if err := s.usable(ctx); err != nil {
		return nil, "", err
	}
	if limit < 1 {
		return nil, "", fmt.Errorf("list: limit is %d, must be positive", limit)
	}
	where, args, err := s.listWhere(f, after)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	entries, err := s.rows(ctx, where+" order by p.name, s.id limit ?", append(args, limit+1)...)
	if err != nil {
		return nil, "", s.wrap("list", err)
	}
	var next beat.PageToken
	if len(entries) > limit {
		entries = entries[:limit]
		last := entries[limit-1]
		next = beat.PageToken(string(last.ID) + ":" + last.Name)
	}
	ids := make([]beat.EntryID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	cursors, err := s.Get(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	states := make([]beat.EntryState, len(entries))
	for i, e := range entries {
		states[i] = beat.EntryState{Entry: e, Cursor: cursors[e.ID]}
	}
	return states, next, nil
}

func (s *Store) listWhere(f beat.Filter, after beat.PageToken) (string, []any, error) {
	where, args := "where p.namespace = ?", []any{s.cfg.Namespace}
	if f.Name != "" {
		where, args = where+" and p.name = ?", append(args, f.Name)
	}
	if f.Task != "" {
		where, args = where+" and p.task = ?", append(args, f.Task)
	}
	if f.Owner != "" {
		where, args = where+" and p.owner = ?", append(args, f.Owner)
	}
	if f.Enabled != nil {
		where, args = where+" and p.enabled = ?", append(args, *f.Enabled)
	}
	if after != "" {
		id, name, _ := strings.Cut(string(after), ":")
		key, ok := models.ScheduleID(beat.EntryID(id))
		if !ok {
			return "", nil, fmt.Errorf("page token %q is not one of this store", after)
		}
		where, args = where+" and (p.name > ? or p.name = ? and s.id > ?)", append(args, name, name, key)
	}
	return where, args, nil
}

// rows reads entries; where may hold ? for arguments.
func (s *Store) rows(ctx context.Context, where string, args ...any) ([]beat.Entry, error) {
	var entries []beat.Entry
	err := s.eachRow(ctx, fromRows+where, args, func(r *models.Row) { entries = append(entries, r.Entry()) })
	return entries, err
}

// eachRow calls f with each row; it is used again for the next one.
func (s *Store) eachRow(ctx context.Context, query string, args []any, f func(*models.Row)) error {
	var row models.Row
	return s.scan(ctx, query, args, row.Targets(), func() { f(&row) })
}

// scan reads each row into the targets and then calls f.
func (s *Store) scan(ctx context.Context, query string, args, targets []any, f func()) error {
	db := s.gorm.WithContext(ctx).Raw(s.sql(query), args...)
	if d, ok := s.d.(rowReader); ok {
		return d.eachRow(ctx, db.Statement.SQL.String(), db.Statement.Vars, targets, f)
	}
	rows, err := db.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		f()
	}
	return rows.Err()
}
