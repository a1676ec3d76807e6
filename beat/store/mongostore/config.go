package mongostore

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/gobeat/gobeat/beat/store/docstore"
)

const (
	// DefaultMaxConns is how many connections to each server are opened at most.
	DefaultMaxConns = 8
	// DefaultDatabase is used when the URL names none.
	DefaultDatabase = "gobeat"
	// DefaultPrefix begins the names of collections unless the URL says otherwise.
	DefaultPrefix = "beat_"

	// timeout is how long an answer may take when the caller's context says nothing shorter.
	timeout = 5 * time.Second
	// DefaultSweep is how often documents are looked through for what other programs wrote.
	DefaultSweep = 30 * time.Second

	// These are the options of the URL that are ours and not the driver's.
	prefixOption = "collection_prefix"
	sweepOption  = "sweep"
)

var prefixForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)

// Config says where the data lies.
type Config struct {
	// URL is mongodb:// or mongodb+srv:// with all options of the driver, and collection_prefix and sweep, which stands for
	// DefaultSweep; 0 is never.
	URL       string
	Namespace string // entries of other namespaces are not seen; any text, the default is empty
	MaxConns  int    // default DefaultMaxConns
}

// Validate says what cannot be used. Its errors never show a password.
func (c Config) Validate() error {
	_, err := c.place()
	return err
}

// place is what the URL says.
type place struct {
	client           *options.ClientOptions
	database, prefix string
	sweep            time.Duration
}

func (c Config) place() (place, error) {
	if c.MaxConns < 0 {
		return place{}, fmt.Errorf("max conns is %d, must not be negative", c.MaxConns)
	}
	p := place{prefix: DefaultPrefix, sweep: DefaultSweep}
	address, err := p.takeOwn(c.URL)
	if err != nil {
		return place{}, err
	}
	parsed, err := connstring.Parse(address)
	if err != nil {
		return place{}, parseError(address, err)
	}
	p.client, p.database = options.Client().ApplyURI(address), parsed.Database
	if p.database == "" {
		p.database = DefaultDatabase
	}
	conns := c.MaxConns
	if conns == 0 {
		conns = DefaultMaxConns
	}
	journal := true
	p.client.SetMaxPoolSize(uint64(conns)).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()).
		SetRetryWrites(false). // the caller knows whether a call may be repeated
		SetTimeout(timeout).SetServerSelectionTimeout(timeout)
	return p, nil
}

// takeOwn takes our options out of the URL.
func (p *place) takeOwn(address string) (rest string, err error) {
	before, query, _ := strings.Cut(address, "?")
	var kept []string
	for option := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(option, "=")
		switch {
		case strings.EqualFold(name, prefixOption):
			if p.prefix, err = url.QueryUnescape(value); err != nil || !prefixForm.MatchString(p.prefix) {
				return "", fmt.Errorf("database URL: %s is %q, must be up to 64 letters, digits and _ . -, a letter or _ first",
					prefixOption, value)
			}
		case strings.EqualFold(name, sweepOption):
			if p.sweep, err = docstore.ParseSweep(value); err != nil {
				return "", fmt.Errorf("database URL: %w", err)
			}
		default:
			kept = append(kept, option)
		}
	}
	if query = strings.Join(kept, "&"); query != "" {
		before += "?" + query
	}
	return before, nil
}

// parseError is what the driver says about the URL, unless that might show the password.
func parseError(address string, err error) error {
	scheme, rest, _ := strings.Cut(address, "://")
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return fmt.Errorf("database URL: %w", err)
	}
	_, without := connstring.Parse(scheme + "://" + rest[at+1:])
	if without == nil {
		return errors.New("database URL: user and password cannot be read; write special characters in them as %XX")
	}
	return fmt.Errorf("database URL: %w", without)
}

// base begins the ids of the namespace.
func (c Config) base() string { return url.PathEscape(c.Namespace) + "/" }
