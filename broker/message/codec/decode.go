package codec

import (
	"encoding/json"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
	"go.yaml.in/yaml/v3"
)

// Decode turns what workers answer in msgpack or yaml into JSON, by its content type.
func Decode(contentType string, body []byte) ([]byte, error) {
	var v any
	var err error
	switch contentType {
	case typeMsgpack:
		err = msgpack.Unmarshal(body, &v)
	case typeYAML:
		err = yaml.Unmarshal(body, &v)
	default:
		return nil, fmt.Errorf("content type %.60q is not %s or %s", contentType, typeMsgpack, typeYAML)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", contentType, err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", contentType, err)
	}
	return text, nil
}
