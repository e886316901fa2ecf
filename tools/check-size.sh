#!/usr/bin/env bash
# Says which files (over 700 lines) and functions (over 100 lines) are too long to be read at one go.
set -euo pipefail
cd "$(dirname "$0")/.."

# clang-format puts the braces of a function, and of nothing else, into column one.
# shellcheck disable=SC2046  # the folders that exist
find $(ls -d src include cli examples bench tests 2>/dev/null) -name '*.[ch]' | LC_ALL=C sort | xargs -r awk '
function finish() {
    if (lines > 700) {
        printf "%s: %d lines; no file should have more than 700\n", file, lines
        wrong = 1
    }
}
FNR == 1 { finish(); file = FILENAME; start = 0 }
{ lines = FNR }
/^[A-Za-z].*\(/ { match($0, /[A-Za-z_0-9]+\(/); name = substr($0, RSTART, RLENGTH - 1) }
/^\{/ { start = FNR }
/^\}/ && start {
    if (FNR - start - 1 > 100) {
        printf "%s:%d: %s() has %d lines; no function should have more than 100\n", FILENAME, start, name, FNR - start - 1
        wrong = 1
    }
    start = 0
}
END { finish(); exit wrong }
'
