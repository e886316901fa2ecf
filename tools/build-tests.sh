#!/usr/bin/env bash
# Builds everything the tests need: tools/build-tests.sh BUILD JOBS. Goes on after an error, so that one test which does
# not build does not hide the others; tools/run-tests.sh counts a failed build as one failed test.
set -uo pipefail
build=$1
if [ -f "$build/build.ninja" ]; then keep=(-k 0); else keep=(-k); fi
mkdir -p "$build/tests"
rm -f "$build/tests/build-failed"
if ! cmake --build "$build" --parallel "$2" --target all tests examples -- "${keep[@]}"; then
    touch "$build/tests/build-failed"
    echo "the build has errors: see above"
fi
