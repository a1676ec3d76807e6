package claimlog_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

func TestEngine(t *testing.T) {
	enginetest.Run(t, func(*testing.T) enginetest.Open {
		e := &enginetest.Memory{}
		return func(*testing.T) claimlog.Engine { return e }
	})
}

// TestStore runs the suite of stores over logs with a clock and without, and with records that have to be split.
func TestStore(t *testing.T) {
	for name, engine := range map[string]func() *enginetest.Memory{
		"clock":         func() *enginetest.Memory { return &enginetest.Memory{} },
		"no clock":      func() *enginetest.Memory { return &enginetest.Memory{Clockless: true} },
		"small records": func() *enginetest.Memory { return &enginetest.Memory{Limit: 1024} },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Open {
				type half struct {
					e *enginetest.Memory
					m *memstore.Store
				}
				namespaces := map[string]half{}
				return func(t *testing.T, namespace string) storetest.Store {
					h, ok := namespaces[namespace]
					if !ok {
						h = half{engine(), memstore.New()}
						namespaces[namespace] = h
					}
					s := newStore(h.e, h.m.Handle())
					t.Cleanup(func() { _ = s.Close() })
					return s
				}
			})
		})
	}
}
