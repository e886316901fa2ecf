#!/usr/bin/env bash
# Ctrl-C, kill, somebody who stops reading, and a disk that is full.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
set -m # programs in the background get their own signals

# Starts a training in the background and waits for its first epoch.
start() {
    ${undeaf[@]+"${undeaf[@]}"} "$gradus" train "$@" >out 2>err </dev/null &
    pid=$!
    await_epoch
}
await_epoch() {
    for _ in $(seq 200); do
        grep -q '^epoch' out && return
        sleep 0.05
    done
    complain "the training did not start"
}
await() {
    wait "$pid"
    status=$?
}

begin "Ctrl-C ends the step, writes the checkpoint and says how to go on"
start net.yaml train.epochs=100000
kill -INT "$pid"
await
wants_status 130
wants_err '^gradus: training was stopped after step [0-9]* of 600000; resume it from runs/net/last.safetensors$'
wants_err '^Go on with: gradus train --resume runs/net$'
wants_file runs/net/last.safetensors
[ "$(find runs -type f | wc -l)" -eq 5 ] || complain "files are left over: $(ls runs/net)"
finish

begin "an interrupted training ends with the weights of an undisturbed one"
step=$(sed -n 's/.*after step \([0-9]*\) of.*/\1/p' err)
limit=$((step + 40))
run "$gradus" train net.yaml train.epochs=100000 train.steps=$limit train.directory=whole --quiet --no-report
wants_status 0
run "$gradus" train --resume runs/net train.steps=$limit --quiet --no-report
wants_status 0
"$gradus" predict runs/net/last.safetensors flowers.csv >first
"$gradus" predict whole/last.safetensors flowers.csv >second
wants_same first second
finish

begin "two Ctrl-C end it, whichever of them comes in time"
start net.yaml train.epochs=100000 train.directory=twice
kill -STOP "$pid"
kill -INT "$pid"
kill -CONT "$pid"
sleep 0.2
kill -INT "$pid" 2>/dev/null
await
[ "$status" -eq 130 ] || complain "exit status $status, expected 130"
finish

begin "a polite kill saves, too"
start net.yaml train.epochs=100000 train.directory=polite
kill -TERM "$pid"
await
wants_status 143
wants_file polite/last.safetensors
finish

begin "kill -9 leaves a whole checkpoint"
start net.yaml train.epochs=100000 train.directory=hard
kill -KILL "$pid"
await
wants_status 137
run "$gradus" eval hard/last.safetensors
wants_status 0
run "$gradus" train --resume hard train.epochs=1 --quiet --no-report
wants_status 0
finish

begin "nohup: what was ignored stays ignored"
(
    trap '' HUP
    exec "$gradus" train net.yaml train.epochs=100000 train.directory=deaf >out 2>err </dev/null
) &
pid=$!
await_epoch
kill -HUP "$pid"
sleep 0.2
kill -TERM "$pid"
await
wants_status 143
finish

begin "a training goes on when its reader leaves"
"$gradus" train net.yaml train.epochs=40 train.directory=alone 2>err </dev/null | head -n 1 >out
status=${PIPESTATUS[0]}
wants_status 0
wants_silence
wants_file alone/report.html
finish

begin "predict into head ends quietly"
for _ in $(seq 400); do sed 1d flowers.csv; done >many
cat flowers.csv many >many.csv
"$gradus" predict alone many.csv 2>err </dev/null | head -n 2 >out
wants_silence
[ "$(wc -l <out)" -eq 2 ] || complain "not two lines"
finish

begin "no colours and no redrawn lines in a file"
run "$gradus" train net.yaml train.directory=plain
wants_status 0
! grep -q "$(printf '[\033\r]')" out || complain "control characters"
finish

if ! command -v script >/dev/null; then
    skip "the bar on a terminal: no program 'script'"
elif ! script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    skip "the bar on a terminal: no pseudo-terminal can be had here"
else
    begin "on a terminal: a bar, and colours unless NO_COLOR is set"
    shown="$gradus train net.yaml train.directory=shown"
    NO_COLOR='' TERM=xterm script -qec "$shown" /dev/null >out 2>err </dev/null
    grep -q "$(printf '\r')epoch" out || complain "no bar"
    grep -q "$(printf '\033\[32m')" out || complain "no colour"
    NO_COLOR=1 TERM=xterm script -qec "$shown" /dev/null >out 2>err </dev/null
    grep -q "$(printf '\r')epoch" out || complain "no bar with NO_COLOR"
    ! grep -q "$(printf '\033\[32m')" out || complain "colour in spite of NO_COLOR"
    finish
fi

# ---- Places that cannot be written
make_csv_recipe net.yaml
refuses "a directory that is a file" 1 "flowers.csv: is a file where a directory was expected" \
    "$gradus" train net.yaml train.directory=flowers.csv/run
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 555 closed
    begin "a directory that cannot be written"
    run "$gradus" train net.yaml train.directory=closed/run
    wants_status 1
    wants_err '^gradus: .*closed.*ermission'
    finish
else
    begin "a directory that cannot be written"
    run "$gradus" train net.yaml train.directory=/proc/gradus/run
    wants_status 1
    wants_err '^gradus: /proc/gradus'
    finish
fi
refuses "predictions into a directory that is not there" 1 \
    "/nowhere/answers.csv: cannot be written: No such file or directory" \
    "$gradus" predict alone flowers.csv --output /nowhere/answers.csv
begin "standard output on a full disk"
"$gradus" predict alone flowers.csv >/dev/full 2>err </dev/null
status=$?
wants_status 1
wants_sentence "standard output: cannot write: No space left on device"
"$gradus" --help >/dev/full 2>err </dev/null
status=$?
wants_status 1
wants_sentence "cannot write to standard output: No space left on device"
finish

begin "answers go through a link, and into a pipe"
mkdir behind
echo before >behind/answers.csv
ln -s behind/answers.csv link
run "$gradus" predict alone flowers.csv --output link
wants_status 0
[ -L link ] || complain "the link became a file"
"$gradus" predict alone flowers.csv >answers
wants_same behind/answers.csv answers
ln -s behind/new.csv dangling
run "$gradus" predict alone flowers.csv --output dangling
wants_status 0
[ -L dangling ] || complain "the link into nothing became a file"
wants_same behind/new.csv answers
mkfifo pipe
cat pipe >through &
run "$gradus" predict alone flowers.csv --output pipe
wait $!
wants_status 0
[ -p pipe ] || complain "the pipe became a file"
wants_same through answers
[ "$(find behind -type f | wc -l)" -eq 2 ] || complain "a file is left over"
finish

begin "a limit on the size of files: nothing half-written"
mkdir small
echo before >small/answers.csv
(
    ulimit -f 2
    exec "$gradus" predict alone many.csv --output small/answers.csv
) >out 2>err </dev/null
status=$?
wants_status 1
wants_sentence "small/answers.csv: cannot write: File too large"
[ "$(cat small/answers.csv)" = before ] || complain "the file was changed"
[ "$(find small -type f | wc -l)" -eq 1 ] || complain "a file is left over"
finish

disk=$scratch/disk
mkdir "$disk"
if mount -t tmpfs -o size=24k none "$disk" 2>/dev/null; then
    begin "training on a full disk"
    run "$gradus" train net.yaml train.directory="$disk/run" model.0.dense=2000
    wants_status 1
    wants_err "^gradus: .*$disk.*No space left on device"
    [ -z "$(find "$disk" -name '*.safetensors')" ] || complain "half a checkpoint is there"
    finish
    umount "$disk"
else
    begin "training under a limit on the size of files"
    (
        ulimit -f 8
        exec "$gradus" train net.yaml train.directory=limited model.0.dense=2000
    ) >out 2>err </dev/null
    status=$?
    wants_status 1
    wants_err '^gradus: .*limited.*File too large'
    [ -z "$(find limited -name '*.safetensors')" ] || complain "half a checkpoint is there"
    finish
fi
