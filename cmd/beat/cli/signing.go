package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/message/codec"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// signer returns the serializer auth, made of the files that the settings name. Its errors never quote a file.
func signer(s config.Security, now time.Time) (message.Serializer, error) {
	var files codec.Signing
	var err error
	if files.Key, err = os.ReadFile(s.Key); err != nil {
		return message.Serializer{}, fmt.Errorf("security_key: %w", err)
	}
	if files.Certificate, err = os.ReadFile(s.Certificate); err != nil {
		return message.Serializer{}, fmt.Errorf("security_certificate: %w", err)
	}
	files.Digest = s.Digest
	signs, err := codec.NewSigner(files)
	if err != nil {
		return message.Serializer{}, err
	}
	if !now.Before(signs.Expires()) {
		return message.Serializer{}, fmt.Errorf("security_certificate: %q expired at %s, so workers refuse it",
			s.Certificate, signs.Expires().UTC().Format(time.RFC3339))
	}
	return signs.Serializer(), nil
}
