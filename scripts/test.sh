#!/usr/bin/env bash
# Runs every test: linters, the web interface, Go with the race detector on SQLite (with coverage) and on PostgreSQL
# where one answers, and the browser stories. With CI=true a missing PostgreSQL or NATS is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }
answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

step "what the tests need"
scripts/setup.sh
postgres=no
answers 127.0.0.1 5432 && postgres=yes
nats=no
answers 127.0.0.1 4222 && nats=yes
if [ "${CI:-}" = true ]; then
  [ $postgres = yes ] || { echo "no PostgreSQL answers on 127.0.0.1:5432; CI needs it" >&2; exit 1; }
  [ $nats = yes ] || { echo "no NATS answers on 127.0.0.1:4222; CI needs it" >&2; exit 1; }
fi

step "web interface: install, lint, types, unit tests, build"
make -s ui/node_modules/.installed
(cd ui && npm run -s lint && npm run -s typecheck && npm run -s test)
make -s ui clients

step "linters"
scripts/lint.sh

step "Go, race detector, SQLite"
export CGO_ENABLED=1
# Built without the detector (docs/testing.md says more): three foreign packages with races of their own when a connection
# ends, which we can neither mend nor wait for, and foreign packages that only compute, where the detector finds nothing and
# costs most of the time: SQLite translated from C, elliptic curves, hashes, pictures.
racy=(go.mau.fi/whatsmeow/socket go.mau.fi/whatsmeow/store go.mau.fi/util/exsync)
computing=(modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory filippo.io/edwards25519/...
  crypto/internal/fips140/edwards25519/... crypto/internal/fips140/nistec/... crypto/internal/fips140/bigmod
  crypto/internal/fips140/sha256 crypto/internal/fips140/sha512 golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
  golang.org/x/crypto/curve25519/... math/big compress/flate image/... regexp/syntax hash/...
  github.com/makiuchi-d/gozxing/... rsc.io/qr/...)
GOFLAGS="$(go env GOFLAGS)$(printf -- ' -gcflags=%s=-race=false' "${racy[@]}" "${computing[@]}")"
export GOFLAGS
covered=$(go list ./... | grep -vE '/(bench|e2e|proof)(/|$)' | paste -sd, -)
SAPA_TEST_ENGINE=sqlite go test -race -parallel 4 -timeout 15m -coverprofile=coverage.out -coverpkg="$covered" ./...
go tool cover -func=coverage.out | tail -1 | awk '{print "coverage on SQLite alone: " $NF; if ($NF + 0 < 80) { print "below 80 %"; exit 1 }}'

if [ $postgres = yes ]; then
  step "Go, race detector, PostgreSQL"
  SAPA_TEST_ENGINE=postgres go test -race -parallel 4 -timeout 15m $(go list -f '{{if or .TestImports .XTestImports}}{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}{{end}}' ./... | awk '/store\/storetest/ {print $1}')
else
  echo "no PostgreSQL answers on 127.0.0.1:5432: its tests did not run"
fi

step "proof: killed under traffic, quick"
GOFLAGS='' CGO_ENABLED=0 go run ./proof -quick -only kill

step "proof: long pasts, planted secrets, quick"
GOFLAGS='' CGO_ENABLED=0 go run ./proof -quick -engine sqlite -only pairing,secrets

step "browser stories"
unset GOFLAGS CGO_ENABLED
scripts/browser.sh

step "done"
