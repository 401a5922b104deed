#!/usr/bin/env bash
# Runs every benchmark and prints one table: each figure with its reference, measured in the same run, and
# whether the mark is met. With --output json one array of {name, value, unit, reference, ratio, mark, met}.
# Ends 0 also where a mark is missed (the table says so), 1 where a benchmark broke.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly BUILD=build/ci
# In the order of the way of the data.
readonly BENCHMARKS=(
  dialogue/relaywatch-bench-dialogue-cpu
  dialogue/relaywatch-bench-dialogue-memory
  parser/relaywatch-bench-parser
  judge/relaywatch-bench-judge
  agent/relaywatch-bench-agent
  ingest/relaywatch-bench-ingest
  store/relaywatch-bench-store
  fleetsim/relaywatch-bench-fleetsim
  scrape/relaywatch-bench-scrape
)

usage() { echo "usage: tests/bench/run.sh [--output text|json]"; }

output=text
case "${1:-}:${2:-}" in
  :) ;;
  --output:text | --output:json) output=$2 ;;
  --help:) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

# What is not the result goes to stderr.
build() {
  ./deploy/install-deps.sh --tests
  local log
  log=$(cmake --preset ci 2>&1) || { echo "$log" && return 1; }
  cmake --build --preset ci --target "${BENCHMARKS[@]##*/}"
}

# A benchmark exits 1 where it misses a mark; that it broke shows in what it prints.
measure() {
  local benchmark results code=0
  for benchmark in "${BENCHMARKS[@]}"; do
    echo "bench: ${benchmark##*/}" >&2
    results=$("$BUILD/tests/bench/$benchmark" --output json </dev/null) || true
    if jq -e 'type == "array" and length > 0' <<<"$results" >/dev/null 2>&1; then
      echo "$results"
    else
      echo "bench: ${benchmark##*/} printed no results" >&2
      code=1
    fi
  done
  return "$code"
}

# Columns as wide as their longest field.
table() {
  jq -r '
    def short: if . == null then "-" elif . == 0 then "0"
               elif (. | fabs) >= 100 then (. | round | tostring)
               else (. * 1000 | round / 1000 | tostring) end;
    ["benchmark", "value", "unit", "reference", "ratio", "mark", ""],
    (.[] | [.name, (.value | short), .unit, (.reference | short), (.ratio | short), (.mark // "-"),
            (if .met then "met" else "MISSED" end)])
    | @tsv' | awk -F '\t' '
    { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
    END {
      for (row = 1; row <= NR; row++) {
        line = ""
        for (i = 1; i <= 7; i++) line = line sprintf("%-*s  ", width[i], cell[row, i])
        sub(/ +$/, "", line)
        print line
      }
    }'
}

build >&2
code=0
results=$(measure) || code=1
if [[ $output == json ]]; then
  jq -s 'add // []' <<<"$results"
else
  jq -s 'add // []' <<<"$results" | table
fi
exit "$code"
