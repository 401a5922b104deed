#!/usr/bin/env bash
# Which lines of the probe and of the judge the unit tests reach, file by file. Ends non-zero below the mark.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BUILD=build/coverage MARK=90 # per cent of lines
readonly TESTS=(probe/relaywatch_parsers_test probe/relaywatch_probe_test judge/judge_test judge/transcripts_test)

./deploy/install-deps.sh --tests --coverage
cmake --preset coverage >/dev/null
cmake --build --preset coverage --target "${TESTS[@]##*/}"
find "$BUILD" -name '*.gcda' -delete # an earlier run's counts
for test in "${TESTS[@]}"; do "$BUILD/tests/unit/$test" --gtest_brief=1 </dev/null; done
gcovr --root . --object-directory "$BUILD" --filter agent/probe/ --filter common/judge/ --filter common/facts/ \
  --fail-under-line "$MARK"
