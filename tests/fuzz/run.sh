#!/usr/bin/env bash
# Runs the fuzz targets one after the other, with asan and ubsan, starting from corpus/. New inputs stay in
# build/fuzz/corpus; a finding is written to build/fuzz/findings, and belongs in corpus/ once it is mended.
# Ends non-zero where something was found.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly BUILD=build/fuzz

usage() {
  cat <<'TEXT'
usage: tests/fuzz/run.sh [--seconds N] [TARGET...]
  --seconds N   for each target (default 60)
  TARGET        reply, capabilities, sasl, text, facts, dialogue, certificates (default: all)
TEXT
}

seconds=60
targets=()
while (($# > 0)); do
  case $1 in
    --help | -h) usage && exit 0 ;;
    --seconds)
      [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || { usage >&2 && exit 2; }
      seconds=$2
      shift 2
      ;;
    *)
      [[ -f tests/fuzz/$1_fuzz.cc ]] || { usage >&2 && exit 2; }
      targets+=("$1")
      shift
      ;;
  esac
done
((${#targets[@]} > 0)) || targets=(reply capabilities sasl text facts dialogue certificates)

# fuzz TARGET
fuzz() {
  local corpus=$BUILD/corpus/$1 findings=$BUILD/findings/$1- log=$BUILD/$1.log
  mkdir -p "$corpus" "$BUILD/findings"
  "$BUILD/tests/fuzz/relaywatch-fuzz-$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
    -max_len=4096 -print_final_stats=1 -artifact_prefix="$findings" \
    "$corpus" "tests/fuzz/corpus/$1" >"$log" 2>&1 </dev/null || {
    echo "fuzz: $1: a finding; the end of $log:" >&2
    tail -n 40 "$log" >&2
    return 1
  }
  echo "fuzz: $1: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, $seconds s"
}

./deploy/install-deps.sh --fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/relaywatch-fuzz-}"
code=0
for target in "${targets[@]}"; do fuzz "$target" || code=1; done
exit "$code"
