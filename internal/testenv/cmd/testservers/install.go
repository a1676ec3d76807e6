package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/internal/testenv/python"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// installMissing gives the Debian packages that are missing to the installing program, and prints what stays missing.
func installMissing(ctx context.Context, program string) {
	packages := missing(ctx)
	if len(packages) == 0 {
		return
	}
	if program != "" {
		fmt.Println("testservers: installing", packages)
		install := exec.CommandContext(ctx, program, packages...)
		install.Stdout, install.Stderr = os.Stdout, os.Stderr
		if err := install.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "testservers: installing:", err)
		}
	}
	for _, name := range missing(ctx) {
		fmt.Fprintln(os.Stderr, "testservers: missing: Debian package", name)
	}
}

// missing lists the packages of what the tests need and neither this machine nor the environment offers.
func missing(ctx context.Context) []string {
	var packages []string
	for _, kind := range append(wanted(), server.MongoStreams()) {
		if kind.Installed() != nil {
			packages = append(packages, strings.Fields(kind.Package)...)
		}
	}
	if python.Installed(ctx) != nil && !allBuilt() {
		packages = append(packages, python.Package)
	}
	return packages
}

// wanted lists the kinds of which no server was given.
func wanted() []server.Kind {
	return slices.DeleteFunc(server.Kinds(), func(k server.Kind) bool { return os.Getenv(k.URLVariable()) != "" })
}

func allBuilt() bool {
	return !slices.ContainsFunc(python.All(), func(e python.Environment) bool {
		_, err := e.Find()
		return err != nil
	})
}
