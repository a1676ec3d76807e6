package membroker_test

import (
	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/membroker"
)

var (
	_ beat.Publisher = (*membroker.Publisher)(nil)
	_ beat.Announcer = (*membroker.Publisher)(nil)
	_ beat.Memory    = (*membroker.Publisher)(nil)
)
