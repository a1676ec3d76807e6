package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat/httpapi"
)

// healthcheckCommand asks a running beat how it is.
type healthcheckCommand struct {
	app     *App
	ready   bool
	timeout time.Duration
}

func newHealthcheckCommand(a *App) *cobra.Command {
	c := &healthcheckCommand{app: a}
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Asks a running beat how it is; for the probes of containers.",
		Long: `Asks the beat that runs with the same setting http (flag --http, variable BEAT_HTTP) how it is, and prints the answer.
The exit code is 0 when due work is sent in time, else 1. With --ready it asks instead whether the process leads or
could take over.`,
		Example: `  beat run --http 9808 &
  beat healthcheck --http 9808`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.Run(cmd.Context()) },
	}
	a.addSettingFlags(cmd.Flags(), []flagDef{httpFlag()})
	cmd.Flags().BoolVar(&c.ready, "ready", false, "ask for readiness and not for health")
	cmd.Flags().DurationVar(&c.timeout, "timeout", 5*time.Second, "most time to wait for the answer")
	return cmd
}

// Run asks once.
func (c *healthcheckCommand) Run(ctx context.Context) error {
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	if cfg.Beat.HTTP == "" {
		return usagef("the setting http is empty: give the address that beat run serves, such as --http 9808")
	}
	address, err := httpapi.Address(cfg.Beat.HTTP)
	if err != nil {
		return usagef("http: %s", err)
	}
	path := "/healthz"
	if c.ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.ask(ctx, "http://"+address+path)
}

func (c *healthcheckCommand) ask(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running beat: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status  string `json:"status"`
		Problem string `json:"problem,omitempty"`
		State   string `json:"state"`
	}
	const most = 64 << 10
	if err := json.NewDecoder(io.LimitReader(resp.Body, most)).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", url, err)
	}
	err = c.app.Emit(answer, func(w io.Writer) error {
		text := answer.Status + ": " + answer.State
		if answer.Problem != "" {
			text += ", " + answer.Problem
		}
		_, err := fmt.Fprintln(w, printable(text))
		return err
	})
	if err == nil && resp.StatusCode != http.StatusOK {
		return errSilent
	}
	return err
}
