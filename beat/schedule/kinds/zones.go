package kinds

import (
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// zones loads time zones once each. There are some six hundred names, so nothing is ever dropped.
type zones struct {
	standard *schedule.Zone // for the empty name

	mu     sync.Mutex
	loaded map[string]*schedule.Zone
}

// find returns a zone by its IANA name. The error is a *schedule.FieldError.
func (z *zones) find(name string) (*schedule.Zone, error) {
	if name == "" {
		return z.standard, nil
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if zone, ok := z.loaded[name]; ok {
		return zone, nil
	}
	// "Local" means something else on each machine, so it has no place in a row.
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, &schedule.FieldError{
			Field: "timezone", Value: name,
			Problem: "is not a known time zone, an IANA name such as UTC or Europe/Berlin is wanted",
		}
	}
	zone := schedule.NewZone(loc)
	z.loaded[name] = zone
	return zone, nil
}
