package server

import (
	"context"
	_ "embed" // for the program
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

//go:embed streams/pom.xml
var streamsParts []byte

//go:embed streams/Serve.java
var streamsProgram []byte

// MongoStreams is mongo-java-server, which speaks MongoDB's protocol and has change streams, as FerretDB has not. It keeps
// everything in memory, and calls an update by other names than MongoDB does. It is not among Kinds, so that only the tests
// that use it pay for fetching its parts.
func MongoStreams() Kind {
	return Kind{
		Name:     "mongostreams",
		Package:  "default-jdk-headless maven",
		programs: []string{"mvn", "javac"},
		ports:    1,
		ready:    "listening",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  fetchStreams,
		command: func(s *Server, _ []string) *exec.Cmd {
			return foreground("java", "-cp", filepath.Join(s.dir, "parts", "*"), filepath.Join(s.dir, "Serve.java"),
				host, strconv.Itoa(s.port(0)))
		},
		url: func(s *Server) string { return fmt.Sprintf("mongodb://%s/", address(s.port(0))) },
	}
}

func fetchStreams(ctx context.Context, s *Server) error {
	for name, text := range map[string][]byte{"pom.xml": streamsParts, "Serve.java": streamsProgram} {
		if err := os.WriteFile(filepath.Join(s.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	fetch := exec.CommandContext(ctx, "mvn", "--batch-mode", "--quiet",
		"org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies", "-DoutputDirectory=parts")
	fetch.Dir = s.dir
	return quietly(fetch)
}
