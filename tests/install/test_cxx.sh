#!/usr/bin/env bash
# gradus.hpp compiles without a warning in C++17, by every compiler that is here, and a program of it runs.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
source=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$source/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt"; then
    echo 'skip C++: a build with sanitizers is not for others to link'
    exit 0
fi

found=0
for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    found=1
    if $compiler -std=c++17 -Wall -Wextra -pedantic -Werror -I "$tree/include" "$source/program.cpp" -L "$build" \
        -lgradus -o "$work/program" >"$work/log" 2>&1; then
        echo "ok gradus.hpp, $compiler: no warning"
    else
        echo "not ok gradus.hpp, $compiler: no warning"
        sed 's/^/# /' "$work/log"
        continue
    fi
    text=$(LD_LIBRARY_PATH=$build "$work/program" 2>&1)
    if [ "$text" = $'learned\n3 errors caught' ]; then
        echo "ok gradus.hpp, $compiler: the program learns, and errors are exceptions"
    else
        echo "not ok gradus.hpp, $compiler: the program learns, and errors are exceptions"
        echo "# $text"
    fi
done
[ $found = 1 ] || echo 'skip C++: no compiler'
