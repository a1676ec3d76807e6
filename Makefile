# Everything a person or CI runs. "make" alone prints the list.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

TOOL    := go tool -modfile=tools.mod
TESTENV := bin/testservers -install scripts/apt-install
TESTS   := $(TESTENV) -memory
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Packages that start goroutines, themselves or in their tests.
GOROUTINE  := ^[[:space:]]*go [[:alnum:]_.]+\(|\.Go\(
CONCURRENT  = $(sort $(dir $(shell grep -rlE --include='*.go' '$(GOROUTINE)' beat broker cmd internal)))

# Packages whose tests wait for other programs: begun first, so that the rest is done beside them.
WAITING := ./internal/interop ./beat/store/django

# How long each fuzz target and each benchmark runs.
FUZZTIME  ?= 10s
BENCHTIME ?= 1s

# Flags of the fault tests.
FAULT ?= -short

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static program bin/beat
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/beat ./cmd/beat

.PHONY: demo
demo: ## see it work: everything inside one process, nothing to install
	@go run ./cmd/beat demo

.PHONY: test
test: bin/testservers ## install and start what the tests need, then run all of them
	$(TESTS) go test -timeout 20m -p 4 -parallel 4 $(WAITING) ./...

.PHONY: conformance
conformance: bin/testservers ## the contract of stores over each of them, counted as in docs/stores.md
	@$(TESTS) sh -c 'go test -json -run "^Test(Store|Seeds|Recovery)$$" ./beat/store/... ./examples/embed | go run ./internal/conformance'

.PHONY: race
race: bin/testservers ## the tests of all packages with goroutines, under the race detector; the slowest are left out
	$(TESTS) go test -race -short -vet=off $(addprefix ./,$(CONCURRENT))

.PHONY: lint
lint: ## go vet, golangci-lint, staticcheck, gofumpt, docker-compose.yml
	go vet ./...
	$(TOOL) golangci-lint run ./...
	$(TOOL) staticcheck ./...
	@unformatted=$$($(TOOL) gofumpt -l .); test -z "$$unformatted" || { echo "make fmt would change:" $$unformatted; exit 1; }
	$(TOOL) github.com/compose-spec/compose-go/v2/cmd docker-compose.yml >/dev/null

.PHONY: fmt
fmt: ## format all Go files
	$(TOOL) golangci-lint fmt ./...

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@for file in $$(grep -rlE --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(grep -oE '^func Fuzz[[:alnum:]_]+' $$file | cut -d ' ' -f 2); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit; \
		done; \
	done

.PHONY: bench
bench: build bin/testservers ## measure beat, other schedulers and the servers themselves; BENCH="-only burst -full" for some, and the largest sizes
	$(TESTENV) go run ./bench $(BENCH) bin/beat

.PHONY: bench-go
bench-go: bin/testservers ## run every Go benchmark for BENCHTIME (1s)
	$(TESTENV) go test -run '^$$' -bench . -benchtime $(BENCHTIME) -benchmem ./...

.PHONY: bench-guard
bench-guard: ## benchmarks of this commit beside those of the one before; fails when one is far slower; BASE=COMMIT
	go run ./bench/guard $(if $(BASE),-base $(BASE))

.PHONY: model
model: ## check the model of the dispatch protocol exhaustively with spin
	@command -v spin >/dev/null && command -v gcc >/dev/null || scripts/apt-install spin gcc libc6-dev
	@internal/model/check

.PHONY: fault
fault: bin/testservers ## the short form of all fault tests on real servers; FAULT="" for the full one, FAULT="-tests P1,P2" for some
	bin/testservers -install scripts/apt-install true
	@ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || scripts/apt-install libfaketime
	go run ./internal/fault/cmd/fault $(FAULT)

.PHONY: mutants
mutants: bin/testservers ## plant faults into copies of the program: each must be caught by its test; MUTANTS="03 07" for some
	@command -v patch >/dev/null || scripts/apt-install patch
	$(TESTENV) go run ./internal/fault/cmd/mutants $(MUTANTS)

.PHONY: bench-schedules
bench-schedules: bin/testservers ## time to find the next run: gobeat, robfig/cron and Celery side by side
	$(TESTENV) go run ./bench/schedule

.PHONY: bench-messages
bench-messages: bin/testservers ## time to make a message: gobeat and Celery side by side
	$(TESTENV) go run ./bench/message

.PHONY: clean
clean: ## remove what was built
	rm -rf bin

# Built instead of "go run", which would not hand on a SIGTERM.
.PHONY: bin/testservers
bin/testservers:
	@go build -o $@ ./internal/testenv/cmd/testservers
