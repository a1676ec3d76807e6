package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/cmd/beat/celeryapp"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// imported is what the code of the app said when it was asked last.
type imported struct {
	app      string
	settings config.AppSettings
	python   string        // that was asked; empty: none was
	took     time.Duration // to answer
	kept     error         // why the answer could not be kept for later
}

// importFor asks the app for its settings unless the command has no use for them.
func (a *App) importFor(cmd *cobra.Command) error {
	if slices.Contains([]string{
		"version", "export-script", "healthcheck", "completion", "demo", "help", "__complete", "__completeNoDesc",
	}, cmd.Name()) || cmd.HasParent() && cmd.Parent().Name() == "completion" {
		return nil
	}
	if a.sources().Truth("detach") && !a.detached() { // the detached process asks
		return nil
	}
	a.importApp(cmd.Context())
	if w := a.imported.settings.Warning; w != "" && !slices.Contains([]string{"run", "config", "check", "report"}, cmd.Name()) &&
		cmd.HasParent() {
		if _, err := fmt.Fprintln(a.Err, "warning: "+w); err != nil {
			return fmt.Errorf("print a warning: %w", err)
		}
	}
	return nil
}

// importApp asks the app that the other settings name. Nothing depends on its answer: without one, what it said before
// counts, to this process or else to an earlier one, or else the settings are what flags, variables and the file say.
func (a *App) importApp(ctx context.Context) {
	before := a.imported
	a.imported = imported{}
	cfg, _ := config.Load(a.sources()) // what is wrong may be right with the answer, and is reported then
	if cfg.App == "" || !cfg.Import.On || cfg.Exported() {
		return
	}
	cache, key := a.appCache(cfg.App)
	began := time.Now()
	text, err := celeryapp.Export(ctx, celeryapp.Config{
		App: cfg.App, Python: cfg.Import.Python, Timeout: cfg.Import.Timeout,
	})
	var settings config.AppSettings
	if err == nil {
		settings, err = config.ParseExport(text)
	}
	switch {
	case ctx.Err() != nil: // told to stop; there is nothing to say about the app
		a.imported = before
		return
	case err != nil && before.python != "" && before.app == cfg.App:
		a.imported = before
		a.imported.settings.Warning = fmt.Sprintf("the app %s could not be imported again, so what it said before counts: %s", cfg.App, err)
		return
	case err != nil:
		a.imported.settings = lastExport(cache, key, cfg.App, err)
		return
	}
	settings.From = "app " + cfg.App
	python, _ := celeryapp.FindPython(cfg.Import.Python) // it was found just now
	a.imported = imported{
		app: cfg.App, settings: settings, python: python, took: time.Since(began), kept: cache.Put(key, text),
	}
}

// appCache returns where the answers of apps are kept, and under which key.
func (a *App) appCache(app string) (celeryapp.Cache, string) {
	cache, err := celeryapp.DefaultCache()
	if err != nil {
		cache = celeryapp.Cache{} // nothing is kept then
	}
	settings, _ := a.LookupEnv("DJANGO_SETTINGS_MODULE")
	return cache, celeryapp.Key(app, workingDirectory(), settings)
}

// lastExport returns the answer of an earlier time, with a warning that says so.
func lastExport(cache celeryapp.Cache, key, app string, why error) config.AppSettings {
	advice := "; to do without Python, run the output of `beat export-script` where the app can be imported and give the " +
		"result as --config, or say --app-import=false"
	if text, at, err := cache.Get(key); err == nil {
		if settings, err := config.ParseExport(text); err == nil {
			settings.From = fmt.Sprintf("app %s as of %s", app, at.UTC().Format(time.RFC3339))
			settings.Warning = fmt.Sprintf("the app %s could not be imported, so what it said at %s counts: %s%s",
				app, at.UTC().Format(time.RFC3339), why, advice)
			return settings
		}
	}
	return config.AppSettings{
		Warning: fmt.Sprintf("the app %s could not be imported, so its settings and its beat_schedule do not count: %s%s", app, why, advice),
	}
}

// log says what became of the app.
func (i *imported) log(log *slog.Logger, cfg *config.Config) {
	switch {
	case cfg.App == "" || i.settings.Warning != "": // warnings of the settings say the rest
	case i.python != "":
		log.Info("settings of the app were read from its code", "app", cfg.App, "python", i.python,
			"celery", i.settings.Celery, "settings", len(i.settings.Values), "seconds", i.took.Seconds())
		if i.kept != nil {
			log.Debug("the settings of the app are not kept for a time when it cannot be imported", "error", i.kept)
		}
	case cfg.Exported():
		log.Info("settings of the app come from its export", "app", cfg.App, "file", cfg.File)
	default:
		log.Info("the app is only a label, no Python code is imported", "app", cfg.App)
	}
}
