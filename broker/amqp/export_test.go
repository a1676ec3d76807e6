package amqp

import (
	"net"
	"time"
)

// NewFramedConn lets tests read messages with the client library as the publisher does.
func NewFramedConn(c net.Conn) net.Conn { return newFramedConn(c, time.Minute) }
