package gormstore

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"syscall"
)

// classifyNetwork tells what an error means that did not come from the server: whether the connection could not be
// made, so that nothing was sent, or broke.
func classifyNetwork(err error) class {
	if errors.Is(err, driver.ErrBadConn) {
		return unavailable // database/sql returns it only for what was not sent
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return unavailable
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return unavailable
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return lost
	}
	return other
}
