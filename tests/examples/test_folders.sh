#!/usr/bin/env bash
# The examples that are folders: each is built by its own Makefile against the library as it was built, and run to its end.
set -uo pipefail
build=${GRADUS_BUILD:?the build directory}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt"; then
    echo 'skip examples: a build with sanitizers is not for others to link'
    exit 0
fi
for tool in make pkg-config; do
    command -v $tool >/dev/null || { echo "skip examples: no $tool"; exit 0; }
done
PKG_CONFIG_PATH=$(cd "$build" && pwd)
export PKG_CONFIG_PATH
CC=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
export CC CFLAGS='-O2 -Wall -Wextra -Werror' CXXFLAGS='-O2 -Wall -Wextra -pedantic -Werror'
cp -R "$source/examples" "$work/examples"

# Builds and runs an example in a copy of its folder; each pattern must match a line.
check() { # folder pattern…
    local folder=$1 pattern
    shift
    if ! make -C "$work/examples/$folder" run >"$work/log" 2>&1; then
        echo "not ok $folder: make run"
        sed 's/^/# /' "$work/log"
        return
    fi
    for pattern in "$@"; do
        if ! grep -Eq "$pattern" "$work/log"; then
            echo "not ok $folder: expected $pattern"
            sed 's/^/# /' "$work/log"
            return
        fi
    done
    echo "ok $folder"
}

check online '^5000 rows, mean loss 0\.00'
check pool "^4000 answers: the old model's yes, the new one's from the exchange on, of neither 0$"
check cartpole '^learned after [1-4][0-9][0-9] episodes'
check anomaly '^row 50: .* sensor 4$' '^row 75: .* sensor 7$' '^(1[6-9]|20) of 600 rows are unlike the others$'
check plugin '^clicks: 100 350 777$'
check game '^600 of 600 predictions within a millisecond; guards are 0\.[0-9] from the player$'
if command -v "${CXX:-c++}" >/dev/null; then
    check cpp '^mean error 0\.0[0-4]' '^caught: .*-1 units were asked for'
else
    echo 'skip cpp: no C++ compiler'
fi

# Every folder with a Makefile is one of those above.
for folder in "$source"/examples/*/Makefile; do
    name=$(basename "$(dirname "$folder")")
    if ! grep -q "check $name " "$0"; then echo "not ok $name: nobody runs it"; fi
    if [ ! -f "$source/examples/$name/README.md" ]; then echo "not ok $name: it has no README.md"; fi
done

# Rows in two parts, with the state in a file between them, give what they give in one.
online() { "$work/examples/online/online" "$work/$1.safetensors"; }
"$source/examples/online/rows.sh" 3000 >"$work/rows"
online whole <"$work/rows" >"$work/whole"
head -n 1000 "$work/rows" | online parts >"$work/parts"
tail -n 2000 "$work/rows" | online parts >>"$work/parts"
if cmp "$work/whole" "$work/parts" && cmp "$work/whole.safetensors" "$work/parts.safetensors"; then
    echo "ok online goes on"
else
    echo "not ok online goes on: the rows in two parts give other numbers"
fi
