package migrations

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
)

//go:embed postgres/*.sql mysql/*.sql sqlite/*.sql
var files embed.FS

// Dialect names the kind of a database.
type Dialect string

// The dialects that have migrations.
const (
	Postgres Dialect = "postgres"
	MySQL    Dialect = "mysql" // and MariaDB
	SQLite   Dialect = "sqlite"
)

// prefixes are the prefixes allowed; longer ones would make names that PostgreSQL cuts off.
var prefixes = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,29}$`)

// CheckPrefix tells whether prefix may stand before the names of tables: lower-case letters, digits and underscores, at most 30.
// The empty prefix is allowed.
func CheckPrefix(prefix string) error {
	if prefix != "" && !prefixes.MatchString(prefix) {
		return fmt.Errorf("table prefix %q: only lower-case letters, digits and underscores are allowed, at most 30", prefix)
	}
	return nil
}

// Part is what of the tables is made.
type Part uint8

const (
	// All are the tables that people edit, those that the program writes for itself, and what joins both.
	All Part = iota
	// State is only what the program writes for itself: the rows are in the tables of another scheduler. With it comes what
	// these have no place for.
	State
)

// source returns the migrations of a dialect with the prefix put in.
func source(d Dialect, prefix string, part Part) (fs.FS, error) {
	if err := CheckPrefix(prefix); err != nil {
		return nil, err
	}
	switch d {
	case Postgres, MySQL, SQLite:
	default:
		return nil, fmt.Errorf("no migrations for dialect %q", d)
	}
	dir, err := fs.Sub(files, string(d))
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", d, err)
	}
	return prefixed{FS: dir, prefix: prefix, part: part}, nil
}

// SQL returns the statements that create the tables, for people who do that by hand.
func SQL(d Dialect, prefix string, part Part) (string, error) {
	src, err := source(d, prefix, part)
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(src, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	var b strings.Builder
	for _, n := range names {
		text, err := fs.ReadFile(src, n)
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for line := range strings.Lines(up) {
			if !strings.HasPrefix(line, "-- +goose") && !strings.HasPrefix(line, "-- rows ") && !strings.HasPrefix(line, "-- beside ") {
				b.WriteString(line)
			}
		}
	}
	return b.String(), nil
}

var (
	// rows are the statements about the tables that people edit.
	rows = regexp.MustCompile(`(?ms)^-- rows begin\n.*?^-- rows end\n`)
	// beside are those about what stands beside the tables of another scheduler only.
	beside = regexp.MustCompile(`(?ms)^-- beside begin\n.*?^-- beside end\n`)
)

// prefixed is a file system whose files have ${prefix} replaced, and hold only their part.
type prefixed struct {
	fs.FS

	prefix string
	part   Part
}

// Open opens a file; directories are passed through.
func (p prefixed) Open(name string) (fs.File, error) {
	if path.Ext(name) != ".sql" {
		return p.FS.Open(name)
	}
	text, err := fs.ReadFile(p.FS, name)
	if err != nil {
		return nil, err
	}
	other := beside
	if p.part == State {
		other = rows
	}
	text = other.ReplaceAll(text, nil)
	text = bytes.ReplaceAll(text, []byte("${prefix}"), []byte(p.prefix))
	return &file{Reader: bytes.NewReader(text), name: path.Base(name), size: int64(len(text))}, nil
}

// file is a file in memory, and its own description.
type file struct {
	*bytes.Reader

	name string
	size int64
}

func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Close() error               { return nil }
func (f *file) Name() string               { return f.name }
func (f *file) Size() int64                { return f.size }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }
