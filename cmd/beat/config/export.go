package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// exportKey is where an export of an app's settings says how it came about, beside the settings themselves.
const exportKey = "_export"

// Export is what is known of an export beside the settings in it.
type Export struct {
	App      string   `json:"app"`
	Celery   string   `json:"celery"`
	Omitted  []string `json:"omitted"`  // settings left out because they hold a password
	Problems []string `json:"problems"` // what could not be carried over, a line each
}

// AppSettings are the settings that the code of a Celery app gives itself.
type AppSettings struct {
	Export
	Values  map[string]any // by the names that Celery has for them
	From    string         // where they come from, such as "app proj"
	Warning string         // why they are not as they should be; empty: they are
}

// ParseExport reads an export of the settings of an app.
func ParseExport(text []byte) (AppSettings, error) {
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return AppSettings{}, fmt.Errorf("the export is not a JSON object: %w", err)
	}
	about, err := takeExport(all)
	if err != nil {
		return AppSettings{}, err
	}
	return AppSettings{Export: about, Values: all}, nil
}

// takeExport removes what says how an export came about from the settings.
func takeExport(values map[string]any) (Export, error) {
	var about Export
	v, ok := values[exportKey]
	if !ok {
		return about, nil
	}
	delete(values, exportKey)
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &about)
	}
	if err != nil {
		return about, errors.New(exportKey + " is not what beat export-script writes")
	}
	return about, nil
}

// warnings are about what the settings of the app lack.
func (a *AppSettings) warnings() []string {
	var out []string
	if a.Warning != "" {
		out = append(out, a.Warning)
	}
	return append(out, a.Export.warnings(a.From)...)
}

// warnings are about what the export lacks.
func (e *Export) warnings(from string) []string {
	var out []string
	for _, p := range e.Problems {
		out = append(out, "from the app ("+from+"): "+p)
	}
	return out
}

// checkOmitted refuses settings that fell back to their defaults because an export left them out.
func (c *Config) checkOmitted(omitted []string) Errors {
	var out Errors
	for _, name := range omitted {
		if c.Origin(name) != FromDefault || !c.misses(name) {
			continue
		}
		variable := "CELERY_" + strings.ToUpper(name)
		if name == djangoURL {
			variable = "DATABASE_URL"
		}
		out = append(out, &FieldError{
			Field: name, Problem: "was left out of the export of the app because it holds a password; " +
				"give it as " + variable + ", or export with --secrets",
		})
	}
	return out
}

// misses tells whether a setting that was left out is needed, and nothing stands in its place.
func (c *Config) misses(name string) bool {
	switch url := c.Broker.Effective(); name {
	case "broker_url":
		return c.Broker.WriteURL == ""
	case "broker_password":
		return url.String() == url.Reveal() // it holds no password itself
	case djangoURL:
		return c.Beat.Kind().OfDjango() && c.Origin("database_url") == FromDefault
	}
	return true
}

// namesOf returns settings under the names they have today. Of two names for one setting, the one of today counts.
func namesOf(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) { // upper case, that is older names, first
		out[Canonical(name)] = values[name]
	}
	return out
}
