#!/usr/bin/env bash
# The form of what people read: clang-format for C++, shellcheck for scripts. With --tidy also clang-tidy,
# which takes minutes and needs a configured build/ci.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TREES=(agent cli collector common tests)

sources() { find "${TREES[@]}" \( -name '*.cc' -o -name '*.h' \) -print0; }
scripts() { find deploy tests .ci \( -name '*.sh' -o -path .ci/run \) -type f -print0; }

# clang 14 cannot compile libstdc++'s coroutines, so files that have them stay out.
tidy() {
  [[ -f build/ci/build.ninja ]] || cmake --preset ci
  local database
  database=$(mktemp -d)
  # shellcheck disable=SC2064  # now, not when it runs
  trap "rm -rf '$database'" EXIT
  ninja -C build/ci -t compdb | sed 's/-fpch-preprocess//' >"$database/compile_commands.json"
  find "${TREES[@]}" -name '*.cc' -print0 |
    xargs -0 grep -LZ -e 'co_await' -e 'asio/' |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p "$database"
}

case "${1:-}" in
  "") ;;
  --tidy) tidy ;;
  *) echo "usage: tests/lint.sh [--tidy]" >&2 && exit 2 ;;
esac

sources | xargs -0 clang-format --dry-run --Werror
scripts | xargs -0 shellcheck
