#!/usr/bin/env bash
# Runs the tests that a build directory knows, two programs at a time, and counts single test cases.
#
#     tools/run-tests.sh BUILD [ROOM…]        (BUILD: a build directory; ROOM: "graph", "cli", … or "graph/test_text")
#
# The last line is "N passed, N failed, N skipped". A program that crashes, hangs, was not built or holds no test
# counts as failed. Exit status 1 when anything failed. TEST_TIMEOUT: seconds for one program (300).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 2
build=$(realpath "${1:?usage: tools/run-tests.sh BUILD [ROOM…]}") || exit 2
shift
logs=$build/tests/logs

# Prints "passed failed skipped" for the output of one program that ended with status $2.
count() {
    awk -v kind="$1" -v status="$2" '
        /^#/ { next }
        # As cmocka 1.1.5 writes it, "not ok 1 # SKIP name"; 1.1.7, "ok 1 # SKIP name"; and 2, "ok 1 - name # SKIP".
        kind == "cmocka" && /ok [0-9]+( - [^ ]+)? # SKIP/ { skipped++; next }
        kind == "cmocka" && /not ok [0-9]+ - / { failed++; next }
        kind == "cmocka" && /ok [0-9]+ - / { passed++; next }
        kind == "script" && /^not ok( |$)/ { failed++; next }
        kind == "script" && /^skip( |$)/ { skipped++; next }
        kind == "script" && /^ok( |$)/ { passed++; next }
        END {
            if (!failed && (status != 0 || !(passed + skipped)))
                failed = 1
            print passed + 0, failed + 0, skipped + 0
        }' "$3"
}

# Runs one program; called by xargs with a line of the list.
if [ "${1:-}" = --one ]; then
    kind=$2 room=$3 name=$4 file=$5
    log=$logs/$room.$name
    scratch=$(mktemp -d) || exit 2
    trap 'rm -rf "$scratch"' EXIT
    export TMPDIR=$scratch CMOCKA_MESSAGE_OUTPUT=TAP GRADUS=$build/gradus GRADUS_BUILD=$build
    # Two threads, also where there is one processor.
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} NO_COLOR=1
    begin=$(date +%s)
    command=("$file")
    if [ "$kind" = script ]; then command=(bash "$file"); fi
    status=1
    if [ -e "$file" ]; then
        # The braces catch what the shell itself says of a program that was killed.
        { timeout --kill-after=10 "${TEST_TIMEOUT:-300}" "${command[@]}" >"$log.log" 2>&1 </dev/null; } 2>/dev/null
        status=$?
    else
        echo "$file was not built" >"$log.log"
    fi
    read -r passed failed skipped < <(count "$kind" "$status" "$log.log")
    echo "$passed $failed $skipped" >"$log.count"
    note=
    case $status in
    124 | 137) note=" (stopped after ${TEST_TIMEOUT:-300} seconds)" ;;
    12[89] | 13? | 14? | 15?) note=" (killed by signal $((status - 128)))" ;;
    esac
    text=$(printf '%-28s %3d passed, %d failed, %d skipped, %d s%s' "$room/$name" "$passed" "$failed" "$skipped" \
        $(($(date +%s) - begin)) "$note")
    if [ "$failed" -gt 0 ]; then
        # What failed, and the end, without the many lines that say ok. One write, so that two programs' words do not mix.
        text="$text"$'\n'"$(grep -av '^ok ' "$log.log" | tail -n 60 | sed 's/^/    | /')"
    elif [ "$skipped" -gt 0 ]; then
        text="$text"$'\n'"$(grep -i 'skip' "$log.log" | head -n 5 |
            sed -E 's/^(not )?ok [0-9]+ # SKIP/skipped/; s/^ok [0-9]+ - ([^ ]+) # SKIP/skipped \1/; s/^/    /')"
    fi
    printf '%s\n' "$text"
    exit 0
fi

rm -rf "$logs"
mkdir -p "$logs"
wanted=("$@")
while read -r kind room name file; do
    take=$([ ${#wanted[@]} -eq 0 ] && echo yes)
    for want in ${wanted[@]+"${wanted[@]}"}; do
        if [ "$want" = "$room" ] || [ "$want" = "$room/$name" ]; then take=yes; fi
    done
    if [ -n "$take" ]; then printf '%s\0' "$kind" "$room" "$name" "$file"; fi
done <"$build/tests/list" >"$logs/todo"
xargs -0 -r -n 4 -P 2 "$0" "$build" --one <"$logs/todo"

# A build with errors counts as one failed test, whatever older programs are left to run.
if [ -e "$build/tests/build-failed" ]; then
    echo "the build has errors"
    echo "0 1 0" >"$logs/build.count"
fi

# A program whose count is missing (the runner itself was stopped) counts as failed.
todo=$(($(tr -cd '\0' <"$logs/todo" | wc -c) / 4))
find "$logs" -name '*.count' -exec cat {} + | awk -v todo="$todo" '
    { passed += $1; failed += $2; skipped += $3 }
    END {
        failed += todo > NR ? todo - NR : 0
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0 || todo == 0
    }'
