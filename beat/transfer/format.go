package transfer

// Format is the language of a file.
type Format string

// Formats.
const (
	YAML Format = "yaml" // documents with lines of --- between them
	JSON Format = "json" // objects, one on a line
)

// version of the files. A later one is refused.
const version = 1

// head is the first document.
type head struct {
	Version int `json:"gobeat"`
}
