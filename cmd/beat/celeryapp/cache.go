package celeryapp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cache keeps the last good export of each app in a folder, for the time when its code cannot be imported. It holds no
// passwords. Losing it costs nothing but that.
type Cache struct {
	Dir string
}

// DefaultCache is in the folder that the system has for such things (XDG_CACHE_HOME, else ~/.cache).
func DefaultCache() (Cache, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return Cache{}, fmt.Errorf("find the cache folder: %w", err)
	}
	return Cache{Dir: filepath.Join(dir, "gobeat", "apps")}, nil
}

// Key tells apps apart that have the same name: by folder and by the settings module of Django.
func Key(app, dir, djangoSettings string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{app, dir, djangoSettings}, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// Put keeps an export without its passwords, for this user only.
func (c Cache) Put(key string, export []byte) error {
	text, err := WithoutSecrets(export)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	f, err := os.CreateTemp(c.Dir, key) // others see the whole file or the one before
	if err != nil {
		return fmt.Errorf("write the cache: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path(key))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the cache: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// Get returns the last export and when it was made, or an error that wraps fs.ErrNotExist.
func (c Cache) Get(key string) ([]byte, time.Time, error) {
	info, err := os.Stat(c.path(key))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("look into the cache: %w", err)
	}
	text, err := os.ReadFile(c.path(key))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the cache: %w", err)
	}
	return text, info.ModTime(), nil
}

func (c Cache) path(key string) string { return filepath.Join(c.Dir, key+".json") }

// WithoutSecrets returns an export as the script writes it without --secrets.
func WithoutSecrets(export []byte) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(export, &all); err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	var about map[string]json.RawMessage
	var secret, omitted []string
	if err := json.Unmarshal(all["_export"], &about); err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	err := errors.Join(json.Unmarshal(about["secret"], &secret), json.Unmarshal(about["omitted"], &omitted))
	if err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	for _, name := range secret {
		delete(all, name)
	}
	put := func(name string, v any) {
		text, perr := json.Marshal(v)
		about[name], err = text, errors.Join(err, perr)
	}
	put("omitted", append(omitted, secret...))
	put("secret", []string{})
	text, perr := json.Marshal(about)
	all["_export"], err = text, errors.Join(err, perr)
	if err != nil {
		return nil, fmt.Errorf("write the export: %w", err)
	}
	return json.MarshalIndent(all, "", "  ")
}
