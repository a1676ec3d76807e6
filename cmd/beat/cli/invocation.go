package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// asCelery tells whether the program stands where celery stood: it was started under that name, or its first argument
// is that word. It then serves celery beat and nothing else, so that it never passes for the rest of Celery.
const asCelery = "celery"

// invocation returns the name that the program goes by and the arguments without the words that only say so.
func invocation(name string, args []string) (string, []string) {
	name = strings.TrimSuffix(filepath.Base(name), ".exe")
	if len(args) > 0 && slices.Contains([]string{asCelery, "celery-beat", "celerybeat"}, args[0]) {
		name, args = args[0], args[1:]
	}
	return name, args
}

// ofCelery returns the error about a command of Celery that is not served here, nil when there is none.
func ofCelery(args []string, flags *pflag.FlagSet) error {
	word := firstWord(args, flags)
	if word == "" || slices.Contains([]string{"beat", "report", "help"}, word) {
		return nil
	}
	return usagef("%q is not served: under the name celery this is gobeat, which only takes the place of celery beat "+
		"and knows beat, report and --version; start the rest with the celery of Python",
		config.Secret(word).String())
}

// firstWord returns the first argument that is neither a flag nor the value of one.
func firstWord(args []string, flags *pflag.FlagSet) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return ""
		case !strings.HasPrefix(arg, "-") || arg == "-":
			return arg
		case takesNext(arg, flags):
			i++
		}
	}
	return ""
}

// takesNext tells whether the value of a flag is the next argument.
func takesNext(arg string, flags *pflag.FlagSet) bool {
	var f *pflag.Flag
	if name, long := strings.CutPrefix(arg, "--"); long {
		if strings.Contains(name, "=") {
			return false
		}
		f = flags.Lookup(name)
	} else if len(arg) == len("-x") {
		f = flags.ShorthandLookup(arg[1:])
	}
	return f != nil && f.NoOptDefVal == ""
}

// unknownFlags returns the long flags that none of the sets has.
func unknownFlags(args []string, flags *pflag.FlagSet) []string {
	var out []string
	for _, arg := range args {
		if arg == "--" {
			break
		}
		name, long := strings.CutPrefix(arg, "--")
		name, _, _ = strings.Cut(name, "=")
		if long && flags.Lookup(name) == nil && name != "help" {
			out = append(out, "--"+name)
		}
	}
	return out
}
