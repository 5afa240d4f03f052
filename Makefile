# Targets are listed by: make help
SHELL := /bin/bash
GO ?= go
PACKAGES := ./...
LINT := $(GO) tool -modfile=tools/go.mod golangci-lint

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/careline without cgo
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/careline ./cmd/careline

.PHONY: cross
cross: ## prove that it builds for linux/amd64, linux/arm64 and darwin
	for target in linux/amd64 linux/arm64 darwin/arm64 darwin/amd64; do \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -o /dev/null ./cmd/careline || exit 1; \
	done

.PHONY: deps
deps: ## install what the tests need (Debian packages)
	@./.ci/deps

.PHONY: test
test: deps ## install what the tests need and run them all
	$(GO) vet $(PACKAGES)
	$(GO) vet -tags soak ./sip/dialog ./cmd/careline
	$(GO) test -count=1 -timeout 9m $(TESTFLAGS) $(PACKAGES)

.PHONY: race
race: deps ## run all tests under the race detector
	$(GO) test -race -count=1 -timeout 20m $(PACKAGES)

.PHONY: lint
lint: ## run golangci-lint at its pinned version
	$(LINT) run $(PACKAGES)

.PHONY: soak
soak: deps ## run the SIP tests and the service with the timers that calls have (SOAK=10m)
	$(GO) test -count=1 -timeout 30m -tags soak ./sip/dialog
	$(GO) test -count=1 -timeout 12h -tags soak -run '^TestSoak$$' -v ./cmd/careline

.PHONY: sim
sim: ## rehearse 300 random days with accidents, and the example in full, as make test does with a tenth of that
	$(GO) test -count=1 -timeout 30m ./sim -run 'TestPromises|TestExample' -days 300 -full -v | grep -vE '^ *(=== |--- PASS)'

.PHONY: fuzz
fuzz: ## fuzz each parser for 30 s
	@set -e; for file in $$(grep -rlE '^func Fuzz' --include='*_test.go' .); do \
		for name in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$file | cut -c6-); do \
			echo "== $$(dirname $$file) $$name"; \
			$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime 30s $$(dirname $$file); \
		done; \
	done

.PHONY: bench
bench: build ## measure this machine: media, signalling, dialing, webhooks (DATABASE=postgres://...), then the Go benchmarks
	bin/careline bench media
	bin/careline bench signalling
	bin/careline bench import
	bin/careline bench claim
	bin/careline bench dial
	[ -z "$(DATABASE)" ] || bin/careline bench webhooks --database "$(DATABASE)"
	$(GO) test -run '^$$' -bench . -benchmem ./audio ./media ./sip/rtp ./sip/session ./dialer/plan ./store

.PHONY: update
update: ## rewrite the golden files
	$(GO) test ./ivr -update
	$(GO) test ./speech -run TestUpdateExamples -update

.PHONY: demo
demo: ## run the main job in one process
	$(GO) run ./cmd/careline demo
