package beat

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/gobeat/gobeat/beat/schedule"
)

// mostTerms is how many terms are kept for sharing. Beyond that sharing begins anew: plans that exist stay as they are.
const mostTerms = 1 << 16

// termsPool shares equal terms between plans. It is safe for concurrent use.
type termsPool struct {
	mu    sync.RWMutex
	terms map[string]*terms // by appendTermsKey
}

func newTermsPool() *termsPool { return &termsPool{terms: map[string]*terms{}} }

// find returns nil when there are none of that key.
func (p *termsPool) find(key []byte) *terms {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.terms[string(key)]
}

// share returns the terms that another caller has stored in the meantime, else stores these.
func (p *termsPool) share(key []byte, t *terms) *terms {
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.terms[string(key)]; other != nil {
		return other
	}
	if len(p.terms) >= mostTerms {
		clear(p.terms)
	}
	p.terms[string(key)] = t
	return t
}

// appendTermsKey appends all of an entry that its terms are made of. Different ones have different keys: each text comes
// after its length.
func appendTermsKey(key []byte, e *Entry, spec *schedule.Spec) []byte {
	text := func(s string) { key = append(binary.AppendUvarint(key, uint64(len(s))), s...) }
	number := func(n uint64) { key = binary.AppendUvarint(key, n) }
	at := len(key)
	key = spec.AppendKey(append(key, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(key[at:], uint32(len(key)-at))
	for _, s := range [...]string{
		e.Task, e.Queue, e.Exchange, e.RoutingKey, string(e.Misfire), string(e.Delivery), string(e.Headers), string(e.Options),
	} {
		text(s)
	}
	number(uint64(e.MaxRuns))
	number(uint64(e.MisfireWindow))
	number(uint64(once(e)))
	number(uint64(microsOf(e.Expires)))
	if e.Priority != nil {
		text("priority")
		number(uint64(*e.Priority))
	}
	if e.ExpireSeconds != nil {
		text("expire_seconds")
		number(math.Float64bits(*e.ExpireSeconds))
	}
	return key
}
