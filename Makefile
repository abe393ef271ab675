# Tools are pinned and run from source, so that go.mod lists only what we ship.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOTESTSUM   = gotest.tools/gotestsum@v1.13.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.1.4
GOLANGCI    = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

export CGO_ENABLED = 1

# A program with the race detector sleeps for a second before it ends, and the
# tests run thousands of them.
export GORACE = atexit_sleep_ms=0

# Stores of tests lie in memory, where a flush costs nothing: below SCRATCH, which
# each run removes. Tests that kill processes, cut the power or fill the disk take
# DISK. Where /dev/shm is small, both are the usual place.
DISK    := $(or $(TMPDIR),/tmp)
SCRATCH := $(shell free=$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }'); \
	[ -w /dev/shm ] && [ "$${free:-0}" -ge 4194304 ] && echo /dev/shm/bookgate-test-$$(id -u)-$$(printf %s '$(CURDIR)' | cksum | cut -d' ' -f1))
IN_MEMORY = $(if $(SCRATCH),mkdir -p -m 755 $(SCRATCH) && trap 'chmod -R u+w $(SCRATCH); rm -rf $(SCRATCH)' EXIT INT TERM && export TMPDIR=$(SCRATCH) TEST_DISK=$(DISK) &&)

# Debug information and symbols are left out of test programs, which are linked anew in each run.
# make lint runs go vet.
GOTEST = go run $(GOTESTSUM) --format pkgname -- -ldflags=-s -vet=off

# What store tries on PostgreSQL by several goroutines at once runs with the race
# detector, and the rest of test-all without: make test has it on everything else.
RACED = Promise|Replica|AtOnce|Job|Claims|Throttle|Trust

TEST_ALL = $(GOTEST) -tags all -timeout 30m

# The packages that take longest begin first, so that the others run meanwhile.
LONGEST_ALL = ./internal/chaos ./internal/interop ./internal/dialect/conformance ./cmd/bookgate ./internal/simulation
LONGEST = ./store ./cmd/bookgate ./internal/dialect/boknett ./internal/server ./internal/dialect/conformance \
	./internal/webhook ./editx ./internal/dialect/installer ./internal/mail

.PHONY: help run build generate test test-all test-deps lint lint-lines check bench soak fuzz golden advisories clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and start the demo
	./bookgate demo

build: ## build ./bookgate
	go build -trimpath -o bookgate ./cmd/bookgate

generate: ## make anew what is generated, with the tools that doc.go beside it names
	go generate ./internal/dialect/hark/graph ./internal/notices

# Four packages at a time, and four tests in each that may run beside others, also on
# two cores: many of them wait. Those of test-all have databases to share the machine with.
# Memory is there, and the race detector makes collecting it dear.
test: export GOGC = 400
test: ## units, contracts and stories on SQLite, with the race detector
	@$(IN_MEMORY) $(GOTEST) -race -timeout 15m -p 4 -parallel 4 $(LONGEST) ./...

test-all: test-deps ## everything that decides right or wrong, once: both engines, kills, foreign clients and proxies
	@$(IN_MEMORY) go run $(GOTESTSUM) --version >/dev/null && { \
		$(TEST_ALL) -race -run '$(RACED)' ./store & raced=$$!; \
		$(TEST_ALL) -skip '$(RACED)' ./store & store=$$!; \
		$(TEST_ALL) -p 3 -parallel 4 $(LONGEST_ALL) $$(go list ./... | grep -v '/store$$'); failed=$$?; \
		wait $$raced || failed=1; wait $$store || failed=1; exit $$failed; }

test-deps: internal/interop/node/node_modules/.package-lock.json ## install the npm packages that test-all runs

internal/interop/node/node_modules/.package-lock.json: internal/interop/node/package-lock.json
	npm ci --prefix internal/interop/node --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

lint: ## gofmt, go vet, staticcheck and golangci-lint
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet -tags all,soak ./...
	go run $(STATICCHECK) -tags all,soak ./...
	go run $(GOLANGCI) run --disable lll

lint-lines: ## list the lines over 120 columns; no new ones are to come
	go run $(GOLANGCI) run --enable-only lll

check: lint test ## lint and test

bench: build ## drive the real binary on loopback and print a line for each operation
	go run ./internal/bench -binary ./bookgate

soak: ## the long forms: many kills, a million orders, every fuzz target for a minute, test-all with the race detector; figures stand at the end
	$(MAKE) fuzz
	go run $(GOTESTSUM) --format pkgname -- -race -tags all -timeout 120m ./...
	go test -tags all,soak -timeout 300m -v -run Soak ./internal/chaos ./internal/dialect/conformance ./internal/dialect/installer ./internal/simulation ./internal/supply

fuzz: ## fuzz every target for a minute each
	@for target in $$(grep -rho '^func Fuzz[A-Za-z]*' --include='*_test.go' . | sed 's/func //'); do \
		dir=$$(grep -rl "func $$target(" --include='*_test.go' . | xargs dirname); \
		echo "$$dir $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime 60s -fuzzminimizetime 100x $$dir || exit 1; done

golden: ## rewrite the golden files after a wanted change
	go test ./editx ./hal ./internal/webhook ./internal/server/metrics ./internal/dialect/boknett ./internal/dialect/hark ./internal/dialect/installer \
		./internal/dialect/montly ./internal/dialect/conformance ./cmd/bookgate -update

advisories: ## ask the Go vulnerability database about the program; a clean answer is worth what its data is
	go run $(GOVULNCHECK) ./cmd/bookgate

clean: ## remove what the build made
	rm -f bookgate
