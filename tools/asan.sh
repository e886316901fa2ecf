#!/usr/bin/env bash
# The tests and a short training in a build with sanitizers: tools/asan.sh BUILD JOBS [ROOM…]. The last line is the
# tests' summary. Any report of a sanitizer ends its program, and so counts as a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1 jobs=$2
shift 2

# Faults go to the sanitizer and not to the test library, which would only say that there was one.
export ASAN_OPTIONS=detect_leaks=1:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
# The golden tests compare the first costs of their long trainings only.
export GRADUS_SHORT=1

tools/build-tests.sh "$build" "$jobs"
status=0
if [ -x "$build/gradus" ] && [ -f recipes/fashion-softmax.yaml ] && [ -d /usr/share/datasets/fashion-mnist ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    echo "a short training under the sanitizers"
    if timeout 300 "$build/gradus" train recipes/fashion-softmax.yaml train.epochs=1 "train.directory=$scratch/run" \
        >"$scratch/log" 2>&1 </dev/null; then
        tail -n 2 "$scratch/log"
    else
        tail -n 60 "$scratch/log"
        echo "the training failed"
        status=1
    fi
else
    echo "no short training: the command, its recipe or its data is missing"
fi
TEST_TIMEOUT=${TEST_TIMEOUT:-600} tools/run-tests.sh "$build" "$@" || status=1
exit $status
