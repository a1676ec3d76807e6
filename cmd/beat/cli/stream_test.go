package cli

import "io"

// chanReader reads what is sent on the channel, one text at a time.
type chanReader chan string

func (r chanReader) Read(p []byte) (int, error) {
	text, ok := <-r
	if !ok {
		return 0, io.EOF
	}
	return copy(p, text), nil
}

// chanWriter sends what is written on the channel.
type chanWriter chan string

func (w chanWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
