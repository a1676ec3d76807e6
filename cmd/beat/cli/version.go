package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"
)

// release is the version of this source tree; builds from a tagged module know it better.
const release = "0.1.0-dev"

// buildInfo is what version prints.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built with changes that are not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Prints the version and how it was built.",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

// wantsVersion tells whether the version is asked for by celery beat's variable of that flag. A version number in it,
// as images set it, asks for nothing.
func (a *App) wantsVersion() bool {
	v, _ := a.LookupEnv("CELERY_VERSION")
	on, err := strconv.ParseBool(v)
	return err == nil && on
}

func (a *App) printVersion() error {
	b := a.build()
	return a.Emit(b, func(w io.Writer) error {
		commit := ""
		if b.Commit != "" {
			commit = ", commit " + b.Commit
			if b.Modified {
				commit += " with changes"
			}
		}
		_, err := fmt.Fprintf(w, "gobeat %s (%s, %s%s)\n", b.Version, b.Go, b.Platform, commit)
		return err
	})
}

func (a *App) build() buildInfo {
	b := buildInfo{Version: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	if a.Version != "" {
		b.Version = a.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
