package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// folder is where the mutants are, seen from the top of the repository.
const folder = "internal/fault/mutants"

// mutant is a fault to be planted.
type mutant struct {
	name string
	file string // absolute
	what string
	test []string // arguments of go test
}

// read reads the mutants whose name begins with one of the numbers, or all of them.
func read(numbers []string) ([]mutant, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.patch"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("there are no mutants in %s; run this at the top of the repository", folder), err)
	}
	var all []mutant
	for _, file := range files {
		m := mutant{name: strings.TrimSuffix(filepath.Base(file), ".patch")}
		if !wanted(m.name, numbers) {
			continue
		}
		if m.file, err = filepath.Abs(file); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		head, _, _ := strings.Cut(string(text), "\ndiff ")
		what, test, ok := strings.Cut(head, "Caught-By:")
		if !ok {
			return nil, fmt.Errorf("%s does not say by which test it is caught", file)
		}
		m.what, m.test = strings.TrimSpace(what), strings.Fields(test)
		all = append(all, m)
	}
	return all, nil
}

func wanted(name string, numbers []string) bool {
	if len(numbers) == 0 {
		return true
	}
	for _, n := range numbers {
		if strings.HasPrefix(name, n+"-") {
			return true
		}
	}
	return false
}
