// Package config holds the settings of the program: Celery's own, under Celery's lower-case names, and those that
// only this program has.
//
// # Where settings come from
//
// Load reads, the later ones winning:
//
//	defaults     Default, nowhere else
//	file         YAML, TOML or JSON, named by --config or BEAT_CONFIG; none is looked for by itself
//	environment  BEAT_<NAME>, then CELERY_<NAME>, then the further names in the table of fields; the first that is
//	             set and not empty counts. A secret may also be in a file that <NAME>_FILE names.
//	flags
//
// Every value remembers its source, so that `beat config` and error messages can tell where it was set.
//
// # Adding a setting
//
// Add a field with its comment to a struct in config.go, its default to Default, one line to the table in fields.go,
// and its rule, if it has one, to validate.go. A flag is one line in the command's table of flags.
package config
