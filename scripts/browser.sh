#!/usr/bin/env bash
# Plays the browser stories against the real program with the simulator, in Debian's Chromium.
# Screenshots go to e2e/screenshots; with --screenshots only the README's picture is taken anew.
# SAPA_STORIES=pairing,inbox plays setup and those rooms alone.
set -euo pipefail
cd "$(dirname "$0")/.."
make -s build CGO_ENABLED=0
cd e2e/browser
[ -e node_modules/.installed ] || { npm ci --no-audit --no-fund && touch node_modules/.installed; }
[ "${1:-}" != --screenshots ] || exec node picture.mjs
exec node --test --test-reporter=spec stories.test.mjs
