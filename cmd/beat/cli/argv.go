package cli

import (
	"slices"
	"strings"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// HideSecrets takes passwords off the command line, where every user of the host can read them: it starts the program
// anew, in the same process, with those settings in its environment. It returns when there is nothing to hide, or with
// the reason why that is not possible. Where programs cannot replace themselves it does nothing.
func HideSecrets(args, environ []string) error {
	rest, moved := withoutSecrets(args)
	if len(moved) == 0 {
		return nil
	}
	environ = slices.DeleteFunc(slices.Clone(environ), func(old string) bool {
		return slices.ContainsFunc(moved, func(v string) bool {
			name, _, _ := strings.Cut(v, "=")
			return strings.HasPrefix(old, name+"=")
		})
	})
	return replace(rest, append(environ, moved...))
}

// withoutSecrets returns the arguments without the settings that hold a password, and these as variables.
func withoutSecrets(args []string) (rest, moved []string) {
	for i := 0; i < len(args); i++ {
		setting, value, width := secretAt(args[i:])
		if setting == "" || setting != brokerPassword && config.Secret(value).String() == value {
			rest = append(rest, args[i])
			continue
		}
		moved = append(moved, "BEAT_"+strings.ToUpper(setting)+"="+value)
		i += width - 1
	}
	return rest, moved
}

// brokerPassword is a setting that is no URL, and a secret as a whole.
const brokerPassword = "broker_password"

// secretAt returns the setting that an argument and perhaps the next one give, if it is one that may hold a password.
func secretAt(args []string) (setting, value string, width int) {
	settings := map[string]string{"--broker": "broker_url", "-b": "broker_url", "--database-url": "database_url"}
	name, value, joined := strings.Cut(args[0], "=")
	switch {
	case settings[name] != "" && joined:
		return settings[name], value, 1
	case settings[args[0]] != "" && len(args) > 1:
		return settings[args[0]], args[1], 2
	case strings.HasPrefix(args[0], "-b") && !strings.HasPrefix(args[0], "--"):
		return "broker_url", args[0][2:], 1
	}
	switch name = strings.ReplaceAll(name, ".", "_"); name { // after --, as Celery takes settings
	case "broker_url", "broker_write_url", "database_url", brokerPassword:
		return name, value, 1
	}
	return "", "", 0
}
