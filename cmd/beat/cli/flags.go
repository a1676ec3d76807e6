package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// flagDef is a flag that gives a setting. Its default is that of the setting.
type flagDef struct {
	name    string
	short   string
	setting string
	truth   bool // takes no value
	usage   string
}

// commonFlags are those of all commands.
func commonFlags() []flagDef {
	return []flagDef{
		{"app", "A", "app", false, "Celery app, whose settings a Python reads once; without one it is only a label"},
		{"app-import", "", "app_import", true, "read the settings of the app from its code"},
		{"python", "", "python", false, "Python that reads them; without it python3 or python"},
		{"broker", "b", "broker_url", false, "broker URL: amqp:// or redis://; several separated by ; are tried in turn"},
		{"config", "", "config", false, "file with settings: .yaml, .toml or .json"},
		{"scheduler", "S", "beat_scheduler", false, "tables to read: native (the program's own), django, or a scheduler class of Celery users"},
		{"database-url", "", "database_url", false, "database: postgresql://, mysql://, sqlite:/// or memory://"},
		{"database-schema", "", "database_schema", false, "schema of the tables on PostgreSQL"},
		{"database-schemas", "", "database_schemas", false, "schemas of tenants, each with the tables of django-celery-beat, separated by commas"},
		{"table-prefix", "", "table_prefix", false, "text in front of the names of all tables"},
		{"namespace", "", "namespace", false, "only tasks of this namespace count"},
		{"migrate", "", "migrate", false, "auto creates and updates the tables at start, off only checks them"},
		{"timezone", "", "timezone", false, "zone of schedules that name none; without it UTC"},
		{"result-backend", "", "result_backend", false, "only decides whether celery.backend_cleanup is sent"},
		{"workdir", "", "workdir", false, "directory to change to at start"},
		{"loglevel", "l", "loglevel", false, "debug, info, warning, error or critical"},
		{"logfile", "f", "logfile", false, "file for the log; without it standard error"},
		{"log-format", "", "log_format", false, "text or json"},
		{"no-color", "C", "no_color", true, "no colours"},
		{"quiet", "q", "quiet", true, "no banner at start"},
	}
}

// runFlags are those of the scheduler.
func runFlags() []flagDef {
	return []flagDef{
		{"apply-at-start", "", "apply_at_start", true, "bring the tables in line with beat_schedule at start"},
		{"backend-cleanup", "", "backend_cleanup", false, "send celery.backend_cleanup at 4 o'clock: auto as Celery does, on, off"},
		{"max-interval", "", "beat_max_loop_interval", false, "look for changed rows at least this often, in seconds"},
		{"poll-interval", "", "poll_interval", false, "time between two looks for changed rows"},
		{"misfire-grace", "", "misfire_grace", false, "a run later than this is missed, for tasks with misfire skip"},
		{"drain-timeout", "", "drain_timeout", false, "most time for finishing work when told to stop"},
		httpFlag(),
		{"ask-workers", "", "ask_workers", true, "ask the workers now and then, and warn of tasks that none knows and queues that none reads"},
		{"strict", "", "strict", true, "demand allow_tasks, and TLS wherever a password is sent to another host"},
		{"unhealthy-after", "", "unhealthy_after", false, "how late due work may be before the process is unhealthy"},
		{"exit-unhealthy", "", "exit_unhealthy", true, "end the process when it is unhealthy, so that it is started again"},
		{"deployment", "", "deployment", false, "name that all replicas share; part of the ids of runs"},
		{"pidfile", "", "pidfile", false, "file that holds the process id and is locked; without it none"},
		{"uid", "", "uid", false, "user to run as: name or number"},
		{"gid", "", "gid", false, "group to run as: name or number"},
		{"umask", "", "umask", false, "umask of the process, octal"},
		{"detach", "", "detach", true, "run in the background; returns when the process is ready"},
		{"lenient", "", "lenient", true, "pass over unknown flags with a warning"},
	}
}

// idleFlags are those of celery beat that mean nothing here.
func idleFlags() []flagDef {
	return []flagDef{
		{"schedule", "s", "beat_schedule_filename", false, acceptedOnly},
		{"loader", "", "loader", false, acceptedOnly},
		{"executable", "", "executable", false, acceptedOnly},
		{"skip-checks", "", "skip_checks", true, acceptedOnly},
		{"hostname", "n", "hostname", false, acceptedOnly},
		{"enable-remote-control", "", "beat_enable_remote_control", true, acceptedOnly},
		{"no-enable-remote-control", "", "beat_enable_remote_control", true, acceptedOnly},
	}
}

const acceptedOnly = "accepted for celery beat's sake"

func httpFlag() flagDef {
	return flagDef{"http", "", "http", false, "address that serves /healthz, /readyz and /metrics; without a host 127.0.0.1"}
}

// addSettingFlags gives the command flags that become settings of the App.
func (a *App) addSettingFlags(to *pflag.FlagSet, defs []flagDef) {
	shown := defaults()
	for _, d := range defs {
		f := to.VarPF(&settingFlag{app: a, def: d}, d.name, d.short, d.usage)
		f.DefValue = shown[d.setting]
		if d.truth {
			f.NoOptDefVal = "true"
		}
	}
}

// defaults returns the default of each setting as help texts show it.
func defaults() map[string]string {
	c := config.Default()
	out := map[string]string{}
	for _, s := range c.Settings() {
		if url, ok := s.Value.(config.Secret); ok {
			s.Value = url.Reveal() // a default is no secret
		}
		out[s.Name] = fmt.Sprint(s.Value)
	}
	return out
}

// settingFlag hands the value of a flag to the App.
type settingFlag struct {
	app *App
	def flagDef
}

// Set notes the value. Whether it is right is decided with all other settings.
func (f *settingFlag) Set(v string) error {
	f.app.flags[f.def.setting] = config.Flag{Name: "--" + f.def.name, Value: v}
	return nil
}

// String returns the value given.
func (f *settingFlag) String() string {
	if f.app == nil { // pflag asks the zero value
		return ""
	}
	return f.app.flags[f.def.setting].Value
}

// Type is the kind of value that help texts name.
func (f *settingFlag) Type() string {
	if f.def.truth {
		return "bool"
	}
	return "string"
}

// settingArgs takes what stands after -- on Celery's command line: settings such as beat.max_loop_interval=9.
func (a *App) settingArgs(cmd *cobra.Command, args []string) error {
	if dash := cmd.ArgsLenAtDash(); dash != 0 && len(args) > 0 {
		return usagef("unknown command %q for %s%s", args[0], cmd.CommandPath(), suggestion(cmd.Root(), args[0]))
	}
	for _, arg := range args {
		name, v, ok := strings.Cut(arg, "=")
		if !ok {
			return usagef("%q after -- is not of the form setting=value", arg)
		}
		a.flags[config.Canonical(name)] = config.Flag{Name: name, Value: castless(v)}
	}
	return nil
}

// castless removes the type that Celery lets stand before a value, as in (int)9. Here settings know their types.
func castless(v string) string {
	if word, rest, ok := strings.Cut(v, ")"); ok && strings.HasPrefix(word, "(") {
		return rest
	}
	return v
}

func suggestion(root *cobra.Command, word string) string {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := config.Nearest(word, names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return "; see beat --help"
}
