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

# docs/abi.md: the SONAME is that of the minor version, and so is the version of all symbols, which are ours alone.
interface=$(sed -n 's/^#define GD_VERSION_\(MAJOR\|MINOR\) //p' "$prefix/include/gradus/version.h" | paste -sd.)
soname() { readelf -d "$lib/libgradus.so" | grep -F "SONAME" | grep -F "[libgradus.so.$interface]"; }
try "the SONAME is libgradus.so.$interface" soname
exports() {
    local others
    nm -D --defined-only "$lib/libgradus.so" | grep " T gd_version@@GRADUS_$interface\$" || return 1
    others=$(nm -D --defined-only "$lib/libgradus.so" | grep -v " gd_[a-z0-9_]*@@GRADUS_$interface\$\| A GRADUS_$interface\$")
    echo "$others"
    [ -z "$others" ]
}
if command -v nm >/dev/null; then try "only public names are exported, as GRADUS_$interface" exports; else echo 'skip symbols: no nm'; fi

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
command_runs() { "$prefix/bin/gradus" --help | grep -q train; }
if [ -e "$prefix/bin/gradus" ]; then try 'the installed command runs without a library path' command_runs; else echo 'skip command: not built yet'; fi
try 'the pkg-config file follows a moved tree' moved
