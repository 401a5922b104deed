#!/usr/bin/env bash
# The chaos test for longer than ctest has time for: builds it and lets it run. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { echo "usage: tests/e2e/chaos.sh [--minutes N] [--seed N]"; }

minutes=30 seed=1
while (($# > 0)); do
  case $1 in
    --help | -h) usage && exit 0 ;;
    --minutes | --seed)
      [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] || { usage >&2 && exit 2; }
      declare "${1#--}=$2"
      shift 2
      ;;
    *) usage >&2 && exit 2 ;;
  esac
done

./deploy/install-deps.sh --tests
cmake --preset ci >/dev/null
cmake --build --preset ci --target chaos_e2e_test relaywatch-agent relaywatch-collector relaywatch-demo-mail
RELAYWATCH_CHAOS_MINUTES=$minutes RELAYWATCH_CHAOS_SEED=$seed build/ci/tests/e2e/chaos_e2e_test
