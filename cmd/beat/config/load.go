package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// FromDefault is the source of a setting that nobody set.
const FromDefault = "default"

// Sources is where Load reads from. The zero value gives the defaults.
type Sources struct {
	// LookupEnv returns an environment variable, as os.LookupEnv does; nil: there are none.
	LookupEnv func(name string) (string, bool)
	// Flags holds what was given on the command line, by setting.
	Flags map[string]Flag
	// App is what the code of the app says; everything else wins over it.
	App AppSettings
}

// Flag is a setting on the command line.
type Flag struct {
	Name  string // as written, such as "--broker"
	Value string
}

// Load merges the sources over the defaults and checks the result. Its error is Errors when settings are wrong.
func Load(s Sources) (Config, error) {
	c := Default()
	fields := c.fields()
	file, err := s.file()
	if err != nil {
		return Config{}, err
	}
	env, err := s.environment(fields)
	if err != nil {
		return Config{}, err
	}
	c.origins = map[string]string{}
	values := map[string]any{}
	for _, l := range []layer{s.app(), file.layer, env, s.flags()} {
		maps.Copy(values, l.values)
		maps.Copy(c.origins, l.from)
	}
	var wrong Errors
	for _, f := range fields {
		v, ok := values[f.name]
		if !ok {
			continue
		}
		if err := f.value.set(v); err != nil {
			wrong = append(wrong, &FieldError{
				Field: f.name, Value: f.shown(v), Source: c.Origin(f.name), Problem: err.Error(),
			})
		}
	}
	c.File, c.exported = file.path, file.about.App != ""
	c.warnings = slices.Concat(
		s.App.warnings(), file.about.warnings(file.path), file.warnings, unused(values, fields, c.Origin),
	)
	c.takeBrokerParts()
	c.takeDjangoURL()
	c.takeDBURI()
	c.takeRedBeatURL()
	if c.Beat.Kind() == KindRedBeat {
		if err := c.takeRedBeatSentinels(); err != nil && len(wrong) == 0 {
			wrong = append(wrong, err)
		}
	}
	if err := c.withoutDatabase(s); err != nil {
		return Config{}, err
	}
	if len(wrong) == 0 {
		wrong = append(c.checkOmitted(slices.Concat(s.App.Omitted, file.about.Omitted)), c.Validate()...)
	}
	if len(wrong) == 0 {
		c.warnings = append(c.warnings, c.linkWarnings()...)
	}
	return c, wrong.orNil()
}

// withoutDatabase finds the database of those who do not name one: where PostgreSQL's own variables or those of a project
// template point to, or else memory when the entries all come from beat_schedule, so that such a beat needs nothing but this program.
func (c *Config) withoutDatabase(s Sources) error {
	if c.Origin("database_url") != FromDefault {
		return nil
	}
	if _, ok := s.lookup("PGHOST"); ok {
		c.Database.URL, c.origins["database_url"] = "postgresql:///", "environment PGHOST"
		return nil
	}
	var found Secret
	var from string
	if c.Beat.Kind().OfDjango() || c.Beat.Kind().ofSQLAlchemy() { // this program's own tables are not put there unasked
		var err error
		if found, from, err = s.databaseOf(); err != nil {
			return err
		}
	}
	if found != "" {
		c.Database.URL, c.origins["database_url"] = found, from
		return nil
	}
	if c.Beat.Kind().ofSQLAlchemy() {
		c.Database.URL = defaultDBURI
		return nil
	}
	if c.Beat.Kind() == KindApp || c.Beat.Schedule.Given() && c.Origin("beat_scheduler") == FromDefault {
		c.Database.URL = "memory://"
		c.warnings = append(c.warnings, "database_url is not set, so what ran is only kept in memory: "+
			"runs missed while no beat is running are not made up, and a second beat would send everything again")
	}
	return nil
}

// Text returns a setting as it stands on the command line, or else in the environment; what a program must know
// before it can read everything else. The second result says where it stands; empty when nowhere.
func (s Sources) Text(name string) (value, from string) {
	if f, ok := s.Flags[name]; ok {
		return f.Value, "flag " + f.Name
	}
	c := Default()
	for _, f := range c.fields() {
		if f.name != name {
			continue
		}
		for _, variable := range f.variables() {
			if v, ok := s.lookup(variable); ok && f.takes(v) {
				return v, "environment " + variable
			}
		}
	}
	return "", ""
}

// Truth is Text for a setting that is true or false; what is neither is false.
func (s Sources) Truth(name string) bool {
	v, _ := s.Text(name)
	on := false
	return (truth{&on}).set(v) == nil && on
}

// layer is one source: values by setting and where exactly each one stands.
type layer struct {
	values map[string]any
	from   map[string]string
}

func newLayer() layer { return layer{values: map[string]any{}, from: map[string]string{}} }

func (l layer) put(name string, v any, from string) {
	l.values[name], l.from[name] = v, from
}

func (s Sources) app() layer {
	l := newLayer()
	for name, v := range namesOf(s.App.Values) {
		l.put(name, v, s.App.From)
	}
	return l
}

func (s Sources) flags() layer {
	l := newLayer()
	for name, f := range s.Flags {
		l.put(name, f.Value, "flag "+f.Name)
	}
	return l
}

// environment takes the first variable that is set for each setting.
func (s Sources) environment(fields []field) (layer, error) {
	l := newLayer()
	for _, f := range fields {
		for _, variable := range f.variables() {
			if v, ok := s.lookup(variable); ok && f.takes(v) {
				l.put(f.name, v, "environment "+variable)
				break
			}
			if !f.isSecret() {
				continue
			}
			content, err := s.secretFile(f.name, variable+"_FILE")
			if err != nil {
				return l, err
			}
			if content == "" {
				continue
			}
			path, _ := s.lookup(variable + "_FILE")
			l.put(f.name, content, "file "+path+" by "+variable+"_FILE")
			break
		}
	}
	return l, nil
}

// secretFile reads the file that a variable names for a setting; empty when the variable is not set.
func (s Sources) secretFile(setting, variable string) (string, error) {
	path, ok := s.lookup(variable)
	if !ok {
		return "", nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", Errors{{
			Field: setting, Value: path, Source: "environment " + variable,
			Problem: "is not a readable file: " + reason(err),
		}}
	}
	return strings.TrimSpace(string(content)), nil
}

// lookup passes over empty variables, which compose files and unit files leave behind.
func (s Sources) lookup(name string) (string, bool) {
	if s.LookupEnv == nil {
		return "", false
	}
	v, ok := s.LookupEnv(name)
	return v, ok && v != ""
}

// takes tells whether the content of a variable is meant for the setting.
func (f *field) takes(v string) bool {
	picky, ok := f.value.(interface{ takes(variable string) bool })
	return !ok || picky.takes(v)
}

// shown returns a value for an error message.
func (f *field) shown(v any) string {
	switch to := f.value.(type) {
	case secret:
		return Secret(fmt.Sprint(v)).String()
	case password:
		return Password(fmt.Sprint(v)).String()
	case interface{ hide(v any) string }:
		return to.hide(v)
	}
	return fmt.Sprint(v)
}

// unused warns of settings that nothing here reads.
func unused(values map[string]any, fields []field, origin func(string) string) []string {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.name
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			if line := whyUnused(name, known); line != "" {
				out = append(out, fmt.Sprintf("%s (%s) %s", name, origin(name), line))
			}
		}
	}
	return out
}
