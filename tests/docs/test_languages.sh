#!/usr/bin/env bash
# No warning in the public headers and in the programs that docs/c-guide.md shows, in C99, C11 and C23, and of headers,
# macros and C++ programs in C++17, by every compiler that is here.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-Wall -Wextra -pedantic -Werror -Iinclude)

# Runs a compiler over files, each by itself; one line for all of them.
try() { # name "compiler flags…" file…
    local name=$1 words file bad=''
    read -ra words <<<"$2"
    shift 2
    for file in "$@"; do
        if ! "${words[@]}" "${flags[@]}" "$file" >"$work/log" 2>&1; then
            bad+="# $file"$'\n'$(head -n 8 "$work/log" | sed 's/^/# /')$'\n'
        fi
    done
    if [ -z "$bad" ]; then
        echo "ok $name: $# files"
    else
        echo "not ok $name"
        printf '%s' "$bad"
    fi
}

# All headers in one file: that each stands alone is tested where they are installed (tests/install).
mkdir "$work/cxx"
(cd include && printf '#include <%s>\n' gradus/*.h) >"$work/headers.c"
cp "$work/headers.c" "$work/cxx/headers.cpp"
echo '#include <gradus/gradus.hpp>' >"$work/cxx/wrapper.cpp"
# The macros that a program writes.
cat >"$work/cxx/macros.cpp" <<'END'
#include <gradus/gradus.h>
gd_tensor write(gd_graph *graph);
gd_tensor write(gd_graph *graph)
{
    const int features = 3;
    const gd_shape same[] = {GD_SHAPE(GD_BATCH, features), gd_shape_of(2, GD_BATCH, features)};
    gd_csv_opts csv{};
    csv.target = GD_COLUMNS("price", "rooms");
    gd_reduce_opts over{};
    over.axes = GD_AXES(0, -1);
    gd_dense_opts named{};
    named.name = "head";
    named.initializer.kind = GD_INIT_ZEROS;
    const gd_tensor x = gd_input(graph, "x", GD_F32, same[GD_COUNT_OF(same) - 1]);
    const gd_tensor y = gd_dense(gd_relu(gd_dense(x, 4)), 2, named), w = gd_variable(graph, "w", GD_F32, GD_SCALAR);
    return gd_tensor_same(y, GD_NO_TENSOR) ? w : gd_add(gd_sum(gd_squared_error(y, gd_zeros_like(y))), gd_mean(y, over));
}
END

mapfile -t shown < <(sed -n 's/^<!-- \(.*\.c\) -->$/\1/p' docs/c-guide.md | sort -u)
mapfile -t cxx_shown < <(sed -n 's/^<!-- \(.*\.cpp\) -->$/\1/p' docs/c-guide.md | sort -u)
found=''
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    found=yes
    for standard in c99 c11 c2x; do
        try "headers and programs of the guide, $compiler -std=$standard" \
            "$compiler -std=$standard -D_GNU_SOURCE -fsyntax-only" "$work/headers.c" "${shown[@]}"
    done
    # Some warnings want to know where values come from.
    try "programs of the guide, $compiler -O2" "$compiler -std=c11 -D_GNU_SOURCE -O2 -c -o $work/object" "${shown[@]}"
done
for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    found=yes
    try "headers, macros and programs of the guide, $compiler -std=c++17" "$compiler -std=c++17 -fsyntax-only" \
        "$work"/cxx/*.cpp "${cxx_shown[@]}"
done
[ -n "$found" ] || echo 'skip languages: no compiler of a known name'
