package dynamostore

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat/store/docstore"
)

// DefaultTable is used when the URL names none.
const DefaultTable = "gobeat"

// DefaultSweep is how often items are looked through for what other programs wrote. Reading them costs.
const DefaultSweep = 5 * time.Minute

var (
	tableForm  = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)
	regionForm = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// Config says where the data lies.
type Config struct {
	// URL is dynamodb://REGION/TABLE. Without a region, dynamodb:///TABLE, that of the environment is used. Credentials
	// are those that other programs with an SDK of AWS would find, unless the URL has some: dynamodb://ID:SECRET@REGION/TABLE.
	// The option endpoint names another server than Amazon's, http:// or https://; sweep stands for DefaultSweep, 0 is never.
	URL       string
	Namespace string // entries of other namespaces are not seen; any text, the default is empty
}

// Validate says what cannot be used. Its errors never show a secret.
func (c Config) Validate() error {
	_, err := c.place()
	return err
}

// place is what the URL says.
type place struct {
	region, table string
	endpoint      string // empty: Amazon's
	sweep         time.Duration
	id, secret    string // empty: ambient credentials
}

func (c Config) place() (place, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return place{}, errors.New("database URL cannot be read; its form is dynamodb://REGION/TABLE")
	}
	p := place{region: u.Host, table: strings.Trim(u.Path, "/"), id: u.User.Username(), sweep: DefaultSweep}
	p.secret, _ = u.User.Password()
	if p.table == "" {
		p.table = DefaultTable
	}
	switch {
	case u.Scheme != "dynamodb":
		return place{}, fmt.Errorf("database URL begins with %q, must begin with dynamodb://", u.Scheme)
	case p.region != "" && !regionForm.MatchString(p.region):
		return place{}, fmt.Errorf("database URL: region is %q, must be one of AWS's, such as eu-central-1", p.region)
	case !tableForm.MatchString(p.table):
		return place{}, fmt.Errorf("database URL: table is %q, must be 3 to 255 letters, digits and _ . -", p.table)
	case (p.id == "") != (p.secret == ""):
		return place{}, errors.New("database URL: an access key ID and its secret go together, ID:SECRET@")
	}
	for name, values := range u.Query() {
		switch name {
		case "endpoint":
			p.endpoint = values[0]
		case "sweep":
			if p.sweep, err = docstore.ParseSweep(values[0]); err != nil {
				return place{}, fmt.Errorf("database URL: %w", err)
			}
		default:
			return place{}, fmt.Errorf("database URL: option %q is not known; there are endpoint and sweep", name)
		}
	}
	e, err := url.Parse(p.endpoint)
	if p.endpoint != "" && (err != nil || e.Host == "" || e.Scheme != "http" && e.Scheme != "https") {
		return place{}, errors.New("database URL: endpoint must be http://HOST or https://HOST")
	}
	return p, nil
}

// base begins the partition keys of the namespace.
func (c Config) base() string { return url.PathEscape(c.Namespace) + "/" }
