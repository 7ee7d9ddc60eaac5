#!/usr/bin/env bash
# Installs what the tests need beyond Go, Node and make: gcc for the race detector and Chromium for the browser stories.
# As root it installs them from Debian's packages; otherwise it names what is missing and fails.
set -euo pipefail

missing=()
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v chromium >/dev/null || missing+=(chromium)
for tool in go node npm; do
  command -v "$tool" >/dev/null || { echo "$tool is needed and not installed" >&2; exit 1; }
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need these programs, which are not installed: ${missing[*]}" >&2
  echo "Install them (on Debian: sudo apt-get install ${missing[*]}) and run make test again." >&2
  exit 1
fi
echo "installing ${missing[*]}"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
