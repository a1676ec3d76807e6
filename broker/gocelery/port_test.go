package gocelery_test

import (
	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/gocelery"
)

var _ beat.Publisher = (*gocelery.Publisher)(nil)
