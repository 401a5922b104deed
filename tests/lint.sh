#!/usr/bin/env bash
# The form of what people read: clang-format for C++, shellcheck for scripts. With --tidy also clang-tidy,
# which takes minutes and needs a configured build/ci.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TREES=(agent cli collector common tests)

sources() { find "${TREES[@]}" \( -name '*.cc' -o -name '*.h' \) -print0; }
# What the lab sources is checked with it, and knows its variables.
scripts() {
  find deploy tests .ci -path deploy/lab/lib -prune -o \
    \( -name '*.sh' -o -path .ci/run -o -path deploy/lab/lab \) -type f -print0
}

# clang 14 cannot compile libstdc++'s coroutines, so files that have them stay out.
tidy() {
  local log
  log=$(cmake --preset ci -DCMAKE_EXPORT_COMPILE_COMMANDS=ON 2>&1) || { echo "$log" && exit 1; }
  cmake --build --preset ci --target relaywatch_proto relaywatch_grpc # the headers they generate
  find "${TREES[@]}" -name '*.cc' -not -path 'tests/fuzz/*' -print0 |
    xargs -0 grep -LZ -e 'co_await' -e 'asio/' -e 'awaitable' |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/ci
}

case "${1:-}" in
  "") ;;
  --tidy) tidy ;;
  *) echo "usage: tests/lint.sh [--tidy]" >&2 && exit 2 ;;
esac

sources | xargs -0 clang-format --dry-run --Werror
scripts | xargs -0 shellcheck --external-sources --check-sourced
