package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/parsers/json"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// fileLayer is what a settings file gave.
type fileLayer struct {
	layer
	path     string // empty: none was read
	about    Export
	warnings []string
}

// file reads the file that the setting config names. Celery's setting of that name is a Python module, which cannot
// be read here; such a value is passed over with a warning.
func (s Sources) file() (fileLayer, error) {
	out := fileLayer{layer: newLayer()}
	path, from := s.Text("config")
	if path == "" {
		return out, nil
	}
	parser := parserOf(path)
	if parser == nil {
		if strings.ContainsAny(path, `/\`) {
			return out, Errors{{
				Field: "config", Value: path, Source: from, Problem: "does not end in .yaml, .yml, .toml or .json",
			}}
		}
		out.warnings = append(out.warnings, fmt.Sprintf(
			"config (%s) names a Python module, which is not read; settings may stand in a .yaml, .toml or .json file", from))
		return out, nil
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), parser); err != nil {
		return out, Errors{{Field: "config", Value: path, Source: from, Problem: "could not be read: " + reason(err)}}
	}
	out.path = path
	values := k.Raw()
	about, err := takeExport(values)
	if err != nil {
		return out, Errors{{Field: "config", Value: path, Source: from, Problem: "cannot be used: " + err.Error()}}
	}
	out.about = about
	for name, v := range namesOf(values) {
		out.put(name, v, "file "+path)
	}
	return out, nil
}

func parserOf(path string) koanf.Parser {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return yaml.Parser()
	case ".toml":
		return toml.Parser()
	case ".json":
		return json.Parser()
	}
	return nil
}

// reason returns an error in one line, without the path of a file that the message names anyway.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
