#!/usr/bin/env bash
# Passes every test, on a bare Debian 12 machine too: installs what is missing, checks the form, builds
# with warnings as errors, runs everything (unit, integration, e2e); with --sanitizers first the unit tests under
# AddressSanitizer and UndefinedBehaviorSanitizer. Asks nothing. Goes on after a failure, ends non-zero if there was
# one, with ctest's summary last.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--sanitizers]
  --sanitizers   the unit tests under asan + ubsan too, which is a build of its own
TEXT
}

sanitizers=false
for argument in "$@"; do
  case $argument in
    --sanitizers) sanitizers=true ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

failed=()

# step WHAT COMMAND...
step() {
  local what=$1 start=$SECONDS
  shift
  echo "=== $what"
  if "$@" </dev/null; then
    echo "=== $what: passed ($((SECONDS - start)) s)"
  else
    echo "=== $what: FAILED ($((SECONDS - start)) s)"
    failed+=("$what")
  fi
}

# build PRESET: configures and builds, or ends the run: there is nothing to test then.
build() {
  echo "=== build $1"
  local start=$SECONDS log
  log=$(cmake --preset "$1" 2>&1) || { echo "$log" && exit 1; }
  cmake --build --preset "$1" "${@:2}" </dev/null
  echo "=== build $1: done ($((SECONDS - start)) s)"
}

jobs=$(nproc)
./deploy/install-deps.sh --tests
./tests/e2e/fetch_servers.sh
step "form" ./tests/lint.sh
if $sanitizers; then
  build asan --target relaywatch_unit_tests
  step "unit tests, asan + ubsan" ctest --preset asan -j "$jobs"
fi
build ci
# Twice as many as there are cores: what takes longest waits for most of its time.
step "all tests" ctest --preset ci -j "$((jobs * 2))"

if ((${#failed[@]} > 0)); then
  printf 'tests/run.sh: FAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "tests/run.sh: everything passed in $SECONDS s"
