# Sapa: `make run` and `make demo` are all a newcomer needs; `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := bin/sapa
UI_SOURCES := $(shell find ui/src ui/public -type f 2>/dev/null) ui/index.html ui/package-lock.json ui/vite.config.ts

.PHONY: help run demo test ui build clients bench proof lint fmt generate screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build everything and start Sapa on http://localhost:8080 with its data in ./data
	$(BIN) serve

demo: build ## start Sapa with a simulated WhatsApp: no phone and no internet needed
	$(BIN) demo

build: ui ## build the program with the web interface inside (bin/sapa)
	CGO_ENABLED=0 go build -o $(BIN) ./cmd/sapa

ui: ui/dist/index.html ## build the web interface

ui/node_modules/.installed: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund && touch node_modules/.installed

ui/dist/index.html: ui/node_modules/.installed $(UI_SOURCES)
	cd ui && npm run build && touch dist/index.html

test: ## install what the tests need, then run all of them (some ten minutes on two cores)
	scripts/test.sh

clients: e2e/clients/node_modules/.installed e2e/clients/baileys/node_modules/.installed ## install the foreign client libraries that the tests use

e2e/clients/node_modules/.installed: e2e/clients/package-lock.json
	cd e2e/clients && npm ci --no-audit --no-fund && touch node_modules/.installed

e2e/clients/baileys/node_modules/.installed: e2e/clients/baileys/package-lock.json
	cd e2e/clients/baileys && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.installed

bench: build ## measure start, memory, messages per second, cost and latency: an hour, written into docs/figures.md
	go run ./bench -figures docs/figures.md

proof: ## keep Sapa to its promises under kill -9, trouble, hostile input and time: hours, written into docs/figures.md
	go run ./proof -figures docs/figures.md

lint: ## vet, staticcheck, gofmt and the web interface's linters
	scripts/lint.sh

fmt: ## format Go and TypeScript
	gofmt -w $$(git ls-files '*.go') && cd ui && npm run format

generate: ## rewrite generated files: settings reference, OpenAPI document, API types, golden files
	go test ./app ./api ./realtime -update && cd ui && npm run api

screenshots: build ## retake the README's screenshot with the browser stories
	scripts/browser.sh --screenshots

clean: ## remove what was built, not your data
	rm -rf bin ui/dist/assets ui/dist/index.html
