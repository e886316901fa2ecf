#!/usr/bin/env bash
# Installs into an empty folder and builds a program outside the tree, as a user would.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
source=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
expected='J = 33, dJ/da = 3, dJ/db = 6, dJ/dc = 9'
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")

if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt"; then
    echo 'skip install: a build with sanitizers is not for others to link'
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
says() { # program
    local text
    text=$(LD_LIBRARY_PATH=$lib "$1") && echo "$text" && [ "$text" = "$expected" ]
}

try 'install' cmake --install "$build" --prefix "$prefix" || exit 1
lib=$(dirname "$(find "$prefix" -name libgradus.so)")
export PKG_CONFIG_PATH=$lib/pkgconfig

# shellcheck disable=SC2046  # flags are words
pkg_config() { "$compiler" -Wall -Wextra -Werror "$source/main.c" -o "$work/shared" $(pkg-config --cflags --libs gradus) && says "$work/shared"; }
try 'pkg-config, shared library' pkg_config

# shellcheck disable=SC2046
pkg_config_static() {
    "$compiler" "$source/main.c" -o "$work/static" $(pkg-config --cflags gradus) "$lib/libgradus.a" \
        $(pkg-config --libs --static gradus | sed 's/-lgradus//') && says "$work/static"
}
try 'pkg-config, static library' pkg_config_static

cmake_package() {
    cmake -S "$source" -B "$work/outside" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$compiler" &&
        cmake --build "$work/outside" && says "$work/outside/with_shared" && says "$work/outside/with_static"
}
try 'find_package(gradus)' cmake_package

# Whoever moves the installed tree finds it working.
moved() { mv "$prefix" "$work/moved" && PKG_CONFIG_PATH=${lib/$prefix/$work/moved}/pkgconfig pkg-config --cflags gradus | grep -q "$work/moved"; }
each_header() {
    local header
    for header in "$prefix"/include/gradus/*.h; do
        echo "#include <gradus/$(basename "$header")>" | "$compiler" -std=c11 -Wall -Wextra -Werror -I "$prefix/include" -fsyntax-only -x c - || return 1
    done
}
try 'every header stands alone, as C11' each_header
each_header_cxx() {
    local header
    for header in "$prefix"/include/gradus/*.h; do
        echo "#include <gradus/$(basename "$header")>" | c++ -Wall -I "$prefix/include" -fsyntax-only -x c++ - || return 1
    done
}
if command -v c++ >/dev/null; then try 'every header is understood by C++' each_header_cxx; else echo 'skip C++: no compiler'; fi
only_public_symbols() { ! nm -D --defined-only "$lib/libgradus.so" | awk '{ print $3 }' | grep -v '^gd_' | grep -v '^_\(init\|fini\|edata\|end\)$\|^__bss_start$'; }
if command -v nm >/dev/null; then try 'the shared library shows gd_ names only' only_public_symbols; else echo 'skip symbols: no nm'; fi
command_runs() { "$prefix/bin/gradus" --help | grep -q train; }
if [ -e "$prefix/bin/gradus" ]; then try 'the installed command runs without a library path' command_runs; else echo 'skip command: not built yet'; fi
try 'the pkg-config file follows a moved tree' moved
