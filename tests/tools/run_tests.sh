#!/usr/bin/env bash
# tools/run-tests.sh counts what programs print, whichever cmocka they were built with.
set -uo pipefail
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
mkdir -p build/tests

# counts NAME KIND SUMMARY STATUS: what one program of this kind amounts to that prints standard input and ends with
# STATUS.
counts() {
    local name=$1 kind=$2 summary=$3 status=$4 last
    { echo '#!/usr/bin/env bash' && echo "cat <<'SAYS'" && cat && echo SAYS && echo "exit $status"; } >program
    chmod +x program
    echo "$kind room program $scratch/program" >build/tests/list
    last=$("$tools/run-tests.sh" "$scratch/build" 2>&1 | tee log | tail -n 1)
    if [ "$last" = "$summary" ]; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/# /' log
    fi
}

counts 'cmocka 1.1.5' cmocka '2 passed, 1 failed, 1 skipped' 1 <<'END'
1..4
ok 1 - first
not ok 2 - second
# a == b
not ok 3 # SKIP third
ok 4 - fourth
# not ok - tests
END
counts 'cmocka 1.1.7' cmocka '2 passed, 1 failed, 1 skipped' 1 <<'END'
TAP version 13
1..4
ok 1 - first
not ok 2 - second
# a == b
ok 3 # SKIP third
ok 4 - fourth
# not ok - tests
END
counts 'cmocka 2' cmocka '2 passed, 1 failed, 1 skipped' 1 <<'END'
TAP version 14
1..4
ok 1 - first
not ok 2 - second
# a == b
ok 3 - third # SKIP
ok 4 - fourth
# not ok - tests
END
counts 'a program that skips all its tests' cmocka '0 passed, 0 failed, 2 skipped' 0 <<'END'
TAP version 13
1..2
skipped: the data is absent
ok 1 # SKIP first
ok 2 # SKIP second
# ok - tests
END
counts 'a program that ends before its tests do' cmocka '1 passed, 1 failed, 0 skipped' 139 <<'END'
1..2
ok 1 - first
END
counts 'a program without tests' cmocka '0 passed, 1 failed, 0 skipped' 0 </dev/null
counts 'a shell test' script '1 passed, 1 failed, 1 skipped' 0 <<'END'
ok one
not ok two
# because
skip three
END
