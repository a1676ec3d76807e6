package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// configCommand shows the effective settings.
type configCommand struct {
	app     *App
	changed bool
}

func newConfigCommand(a *App) *cobra.Command {
	c := &configCommand{app: a}
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Prints the effective settings and where each one comes from; passwords are masked.",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return c.Run() },
	}
	cmd.Flags().BoolVar(&c.changed, "changed", false, "only those that are not at their default")
	return cmd
}

// Run prints the settings, also those that are wrong, and then says what is wrong.
func (c *configCommand) Run() error {
	cfg, err := c.app.Config()
	settings := []config.Setting{}
	for _, s := range cfg.Settings() {
		if !c.changed || s.Source != config.FromDefault {
			settings = append(settings, s)
		}
	}
	if emitErr := c.app.Emit(settings, func(w io.Writer) error { return printSettings(w, settings) }); emitErr != nil {
		return emitErr
	}
	for _, w := range cfg.Warnings() {
		if _, err := fmt.Fprintln(c.app.Err, "warning: "+w); err != nil {
			return fmt.Errorf("print a warning: %w", err)
		}
	}
	return err
}

func printSettings(w io.Writer, settings []config.Setting) error {
	t := &table{}
	for _, s := range settings {
		t.add(s.Name, showSetting(s.Value), s.Source)
	}
	return t.write(w, "")
}

// showSetting returns the value of a setting as one writes it; what has no value is a dash.
func showSetting(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return "-"
		}
		return v
	case fmt.Stringer:
		return showSetting(v.String())
	case json.RawMessage:
		return showSetting(string(v))
	case map[string]any:
		if len(v) == 0 {
			return "-"
		}
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
	return fmt.Sprint(v)
}
