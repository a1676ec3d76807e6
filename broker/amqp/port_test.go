package amqp_test

import (
	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/amqp"
)

var (
	_ beat.Publisher = (*amqp.Publisher)(nil)
	_ beat.Announcer = (*amqp.Publisher)(nil)
)
