#!/usr/bin/env bash
# make check: every fault that can be found without running anything.
#
#     tools/check.sh BUILD            all checks (minutes); BUILD: a configured build directory
#     tools/check.sh --quick          format, layering and size (seconds)
#     tools/check.sh --format         puts the format right instead
#
# A check whose tool is not installed is left out, saying so. Exit status 1 when any check failed.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/check.sh BUILD | --quick | --format}
failed=()

check() { # name command…
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then
        echo "ok      $name ($((SECONDS - begin)) s)"
    else
        echo "FAILED  $name"
        failed+=("$name")
    fi
}
absent() { echo "skipped $1: $2 is not installed"; }

# Of these folders, those that exist.
folders() { ls -d "$@" 2>/dev/null; }
sources() { folders src include cli examples bench tests | xargs -I{} find {} -name '*.[ch]' | LC_ALL=C sort; }
programs() { folders src cli | xargs -I{} find {} -name '*.c' | LC_ALL=C sort; }

if [ "$build" = --format ]; then
    sources | xargs -r clang-format -i
    exit
fi

check_format() { sources | xargs -r clang-format --dry-run -Werror; }

check_shell() {
    folders tools tests .ci bench | xargs -I{} find {} -type f \( -name '*.sh' -o -path '.ci/run' \) | xargs -n 1 bash -n
}

check_cppcheck() {
    mkdir -p "$build/cppcheck"
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=tools/cppcheck.supp --cppcheck-build-dir="$build/cppcheck" -j 2 \
        -I include -I src -D_GNU_SOURCE -D__GNUC__ -D__x86_64__ $(folders src cli examples bench)
}

check_tidy() {
    local status=0
    programs | grep -v '^src/base/error\.c$' | grep '^src/' |
        xargs -r -n 4 -P 2 clang-tidy -p "$build" --quiet --extra-arg="-include$PWD/tools/analyzer.h" 2>/dev/null || status=1
    programs | grep '^cli/\|^src/base/error\.c$' | xargs -r -n 4 -P 2 clang-tidy -p "$build" --quiet 2>/dev/null || status=1
    return $status
}

check_clang() {
    local log=$build/clang.log
    if [ ! -f build-clang/CMakeCache.txt ]; then
        cmake -S . -B build-clang -DCMAKE_C_COMPILER=clang -DGRADUS_WERROR=ON >"$log" 2>&1 ||
            { tail -n 20 "$log"; return 1; }
    fi
    cmake --build build-clang --parallel 2 --target all tests examples >"$log" 2>&1 ||
        { grep -E -A 6 'error|warning' "$log" | head -n 60; return 1; }
}

if command -v clang-format >/dev/null; then check format check_format; else absent format clang-format; fi
check layering tools/check-layering.sh
check size tools/check-size.sh
check shell check_shell
if [ "$build" != --quick ]; then
    if command -v cppcheck >/dev/null; then check cppcheck check_cppcheck; else absent cppcheck cppcheck; fi
    if command -v clang-tidy >/dev/null; then check clang-tidy check_tidy; else absent clang-tidy clang-tidy; fi
    if command -v abidw >/dev/null; then check abi tools/abi.sh; else absent abi abidw; fi
    if command -v clang >/dev/null; then check "build with clang" check_clang; else absent "build with clang" clang; fi
fi
if [ ${#failed[@]} -gt 0 ]; then
    (IFS=,; echo "failed: ${failed[*]}")
    exit 1
fi
