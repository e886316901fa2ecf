#!/usr/bin/env bash
# GRADUS_MINIMAL: the library for embedding builds alone, and a program that trains a network with it stays small.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
source=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$source/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
small=$build/minimal # is kept, so the next time there is less to compile
limit=600000 # bytes of the stripped program

if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt"; then
    echo 'skip minimal: a build with sanitizers is not for others to link'
    exit 0
fi

# Prints "ok" or "not ok" for a command, and what it said when it failed.
try() { # name command…
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/# /' "$work/log"
        return 1
    fi
}

library() {
    cmake -S "$tree" -B "$small" -DGRADUS_MINIMAL=ON -DCMAKE_C_COMPILER="$compiler" &&
        cmake --build "$small" --parallel 2
}
program() { # flags…
    "$compiler" -O2 -Wall -Wextra -Werror -I "$tree/include" "$source/minimal.c" "$small/libgradus.a" \
        -Wl,--gc-sections -Wl,--as-needed -ljansson -lm -pthread "$@" -o "$work/program" && strip "$work/program"
}
learns() { [ "$("$work/program")" = learned ]; }
small() {
    local size
    size=$(stat -c %s "$work/program") && echo "$size bytes" && [ "$size" -lt $limit ]
}

try 'the minimal library builds' library || exit 1
try 'a program is linked with it' program || exit 1
try 'the program learns' learns
try "the stripped program is below $limit bytes" small
sed 's/^/# /' "$work/log"
complete() {
    "$compiler" "$source/minimal.c" -I "$tree/include" -Wl,--whole-archive "$small/libgradus.a" -Wl,--no-whole-archive \
        -ljansson -lm -pthread -o "$work/whole"
}
try 'nothing in the library calls what it lacks' complete
# With everything in it, for a machine that has no libraries.
if echo 'int main(void) { return 0; }' | "$compiler" -x c - -static -ljansson -lm -o "$work/nothing" 2>/dev/null; then
    try 'a program is linked with it, all static' program -static && try 'the static program learns' learns
else
    echo 'skip all static: no static C library or libjansson.a'
fi
