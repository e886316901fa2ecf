#!/usr/bin/env bash
# A program loads the shared library, trains and unloads it, several times, and nothing of it stays.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
source=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$source/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")

if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt"; then
    echo 'skip plugin: a build with sanitizers is not for others to load'
    exit 0
fi
if [ "$(uname)" != Linux ]; then
    echo 'skip plugin: reads /proc'
    exit 0
fi

name='the library is loaded and unloaded again and again, and leaves nothing'
if "$compiler" -std=c11 -Wall -Wextra -I "$tree/include" "$source/plugin.c" -ldl -pthread -o "$work/plugin" >"$work/log" 2>&1 &&
    timeout 60 "$work/plugin" "$build/libgradus.so" >>"$work/log" 2>&1; then
    echo "ok $name"
else
    echo "not ok $name"
    sed 's/^/# /' "$work/log"
fi
