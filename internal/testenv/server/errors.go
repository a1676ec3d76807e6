package server

import "errors"

// ErrNotInstalled says that the program of a server is absent from this machine.
var ErrNotInstalled = errors.New("not installed")

// ErrExited says that a server ended before it was ready.
var ErrExited = errors.New("exited before it was ready")
