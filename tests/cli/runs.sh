#!/usr/bin/env bash
# Runs: a directory for each, and what is known of them afterwards.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
set -m # programs in the background get their own signals

# Starts a long training in the background, and waits until it has saved weights in DIRECTORY.
start() {
    local directory=$1
    shift
    ${undeaf[@]+"${undeaf[@]}"} "$gradus" train net.yaml train.epochs=100000 "$@" >long.out 2>long.err </dev/null &
    pid=$!
    for _ in $(seq 200); do
        [ -s "$directory/best.safetensors" ] && return
        sleep 0.05
    done
    complain "the training did not start"
}
stop() {
    kill -"$1" "$pid"
    wait "$pid" 2>/dev/null
}
value() { python3 -c "import json, sys; r = json.load(open(sys.argv[1])); print(eval('r' + sys.argv[2]))" "$1" "$2"; }
# wants_value FILE EXPRESSION VALUE: of a JSON file.
wants_value() {
    local have
    have=$(value "$1" "$2" 2>&1)
    [ "$have" = "$3" ] || complain "$1 has $2 = $have, expected $3"
}
units() { "$gradus" info "$1" | sed -n 's/^dense *fc1 *\(\[[0-9,]*\]\).*/\1/p'; }
wants_units() { [ "$(units "$1")" = "$2" ] || complain "$1 has $(units "$1") units, expected $2"; }
has_python=$(command -v python3)

begin "a second training of the name takes the next one"
run "$gradus" train net.yaml
wants_status 0
wants_no_out 'holds another run'
run "$gradus" train net.yaml model.0.dense=8
wants_status 0
wants_silence
wants_out '^runs/net holds another run: this one is runs/net-2 '
wants_out '^best weights  runs/net-2/best.safetensors'
wants_units runs/net '[1,16]'
wants_units runs/net-2 '[1,8]'
run "$gradus" train net.yaml --quiet --no-report train.epochs=1
wants_err '^runs/net holds another run: this one is runs/net-3 '
wants_no_file runs/net/run.lock
finish

begin "a directory that is named behaves the same"
run "$gradus" train net.yaml train.directory=mine/ train.epochs=1 --quiet --no-report
run "$gradus" train net.yaml train.directory=mine/ train.epochs=1 --no-report
wants_out '^mine holds another run: this one is mine-2 '
wants_file mine-2/run.json
finish

begin "the recipe stands for its newest run"
run "$gradus" eval net.yaml
wants_out '^runs/net-3/best.safetensors on test'
run "$gradus" eval net.yaml train.directory=runs/net-2
wants_out '^runs/net-2/best.safetensors on test'
run "$gradus" train --resume net.yaml train.epochs=2 --quiet --no-report
wants_status 0
wants_out '^last weights  runs/net-3/last.safetensors'
finish

begin "--overwrite removes the run, and nothing else"
echo "mine" >runs/net-2/notes.txt
run "$gradus" train net.yaml --overwrite train.directory=runs/net-2 train.checkpoint.best=false train.epochs=1 --no-report
wants_status 0
wants_silence
wants_no_out 'holds another run'
wants_file runs/net-2/notes.txt
wants_no_file runs/net-2/best.safetensors
wants_no_file runs/net-2/report.html
wants_out '^test (last weights, epoch 1):  loss'
run "$gradus" eval runs/net-2
wants_out '^runs/net-2/last.safetensors on test'
finish
refuses "--overwrite of what the training starts from" 1 \
    "--overwrite would remove runs/net/best.safetensors, from which the training starts" \
    "$gradus" train runs/net/best.safetensors --overwrite
refuses "--overwrite with --resume" 2 "--resume goes on with a run, and --overwrite would remove it" \
    "$gradus" train --resume runs/net --overwrite

begin "a run that is interrupted in its first epoch has no older one's weights"
${undeaf[@]+"${undeaf[@]}"} "$gradus" train net.yaml --overwrite train.epochs=100000 model.0.dense=9 \
    train.directory=runs/net-3 train.batch=1 >out 2>err </dev/null &
pid=$!
for _ in $(seq 200); do
    if grep -q parameters out; then break; fi
    sleep 0.02
done
stop INT
wants_units runs/net-3 '[1,9]'
finish

# ---- Two at once
begin "two trainings at once have a directory each"
start runs/long train.directory=runs/long --no-report
first=$pid
run "$gradus" train net.yaml train.directory=runs/long train.epochs=3 model.0.dense=8 --no-report
wants_status 0
wants_out '^runs/long holds another run: this one is runs/long-2 '
wants_units runs/long-2 '[1,8]'
wants_units runs/long '[1,16]'
[ "$(wc -l <runs/long-2/history.csv)" -eq 4 ] || complain "the histories are mixed"
finish

refuses "a running training is not overwritten" 1 \
    "a training goes on in runs/long (process $first): it cannot be overwritten" \
    "$gradus" train net.yaml train.directory=runs/long --overwrite
refuses "a running training is not resumed" 1 "a training goes on in runs/long (process $first): it cannot be resumed" \
    "$gradus" train --resume runs/long

begin "a running training is listed and reported"
run "$gradus" runs
wants_status 0
wants_out '^long  *running  *classes'
wants_out '^net  *finished  *classes  *8  *accuracy 1 (epoch [0-9]*)\|^net  *finished  *classes  *8  *loss'
run "$gradus" report runs/long
wants_status 0
wants_out '^report        runs/long/report.html (running, [0-9]* epochs done; evaluated with the best weights, of epoch'
grep -q '<meta http-equiv="refresh" content="10">' runs/long/report.html || complain "the page stays as it is"
finish

begin "kill -9 leaves a lock that is no lock"
pid=$first
stop KILL
wants_file runs/long/run.lock
run "$gradus" runs
wants_out '^long  *killed '
run "$gradus" report runs/long
wants_out 'killed, [0-9]* epochs done'
! grep -q 'http-equiv="refresh"' runs/long/report.html || complain "the page of a dead run is loaded again"
run "$gradus" train --resume runs/long train.steps=1 --quiet --no-report
wants_status 0
run "$gradus" train net.yaml --overwrite train.directory=runs/long train.epochs=1 --quiet --no-report
wants_status 0
wants_no_file runs/long/run.lock
finish

begin "a lock file of nobody's is no lock"
mkdir runs/stale
echo 1 >runs/stale/run.lock
run "$gradus" train net.yaml train.directory=runs/stale train.epochs=1 --quiet --no-report
wants_status 0
wants_file runs/stale/last.safetensors
finish

# ---- What is recorded
if [ -n "$has_python" ]; then
    begin "run.json tells how a run was made"
    wants_value runs/net/run.json '["state"]' finished
    wants_value runs/net/run.json '["seed"]' 3
    wants_value runs/net/run.json '["command"][1:]' "['train', 'net.yaml']"
    wants_value runs/net/run.json '["files"][0]["path"]' "$(realpath flowers.csv)"
    wants_value runs/net/run.json '["files"][0]["bytes"]' "$(stat -c %s flowers.csv)"
    wants_value runs/net/run.json '["recipe_path"]' "$(realpath net.yaml)"
    wants_value runs/net/run.json '["result"]["weights"]' best
    wants_value runs/net/run.json '["machine"]["threads"]' 1
    wants_value runs/net-3/run.json '["state"]' interrupted
    begun=$(value runs/net/run.json '["begun"]')
    run "$gradus" train --resume runs/net train.epochs=9 --quiet --no-report
    wants_value runs/net/run.json '["begun"]' "$begun"
    wants_value runs/net/run.json '["epochs"]' 9
    finish
    begin "a training that fails says so in run.json"
    run "$gradus" train net.yaml train.directory=runs/bad 'optimizer={gradient_descent: {learning_rate: 1e20}}' --no-report
    wants_status 1
    wants_value runs/bad/run.json '["state"]' failed
    run "$gradus" runs runs/bad
    wants_out '^bad  *failed'
    finish
else
    skip "what stands in run.json (no python3)"
fi

# ---- From anywhere
begin "a run is taken from any directory"
mkdir -p project/data elsewhere
cp net.yaml project
mv flowers.csv project/data
sed -i 's|csv: flowers.csv|csv: data/flowers.csv|' project/net.yaml
run "$gradus" train project/net.yaml --no-report
wants_status 0
wants_no_out '^data  '
wants_out '^best weights  runs/net-[0-9]*/best'
directory=$(realpath "$(sed -n 's|^best weights  \(.*\)/best.*|\1|p' out)")
cd elsewhere || exit 1
for command in "eval $directory" "info $directory" "check $directory" "report $directory" \
    "train --resume $directory train.epochs=9" "predict $directory ../project/data/flowers.csv"; do
    # shellcheck disable=SC2086  # words of a command
    run "$gradus" $command
    [ "$status" -eq 0 ] || complain "$command: exit status $status"
done
cd ..
finish

begin "what lies beside the recipe is taken before what lies in the current directory"
mkdir data
head -n 31 project/data/flowers.csv >data/flowers.csv
run "$gradus" train project/net.yaml --no-report train.epochs=1
wants_out ' 90 training samples'
finish

begin "data that does not lie beside the recipe is named"
mkdir recipes store
sed 's|data/flowers.csv|stored.csv|' project/net.yaml >recipes/other.yaml
cp project/data/flowers.csv store/stored.csv
export GRADUS_DATA=$PWD/store
run "$gradus" train recipes/other.yaml --no-report
wants_out "^data          $PWD/store/stored.csv$"
run "$gradus" train recipes/other.yaml --no-report --quiet
wants_out "^data          $PWD/store/stored.csv$"
unset GRADUS_DATA
run "$gradus" eval runs/other
wants_status 0
mv store/stored.csv .
run "$gradus" eval runs/other
wants_status 0
finish
mv project/data/flowers.csv .

# ---- Going on
refuses "--resume with another network" 1 "runs/net/last.safetensors cannot go on so: model.0.dense.units is 8, not 16. \
A run goes on with the data, the model and the loss that it began with; without --resume a new one begins" \
    "$gradus" train --resume runs/net model.0.dense=8
begin "--resume with a recipe that was edited, and with data that was"
sed 's/validation: 0.2/validation: 0.3/' net.yaml >edited.yaml
run "$gradus" train --resume edited.yaml train.directory=runs/net
wants_status 1
wants_err 'data.split.validation is 0.3, not 0.2'
cp flowers.csv kept.csv
sed -i '2s/^[0-9.]*/9.9999/' flowers.csv
run "$gradus" train --resume runs/net train.epochs=20
wants_status 1
wants_err 'the file .*flowers.csv has another content'
mv kept.csv flowers.csv
run "$gradus" train --resume runs/net train.epochs=10 train.early_stopping='{patience: 5}' train.threads=2 --quiet
wants_status 0
finish

begin "training a pruned network is a run of its own"
run "$gradus" prune runs/net --layer fc1 --keep 4 -o small.safetensors
run "$gradus" train small.safetensors train.epochs=2 --quiet --no-report
wants_status 0
wants_out '^last weights  runs/small/last.safetensors'
wants_units runs/small '[1,4]'
wants_units runs/net '[1,16]'
run "$gradus" train runs/net/best.safetensors train.epochs=2 --quiet --no-report
wants_status 0
wants_units runs/net '[1,16]'
wants_out '^last weights  runs/net-[0-9]*/last.safetensors'
finish

# ---- Best or last
begin "what is tested at the end are the best weights"
run "$gradus" train net.yaml train.directory=runs/worse train.monitor=accuracy
trained=$(sed -n 's/^test (best weights, epoch [0-9]*):  loss \([0-9.e+-]*\) .*/\1/p' out)
run "$gradus" eval runs/worse
evaluated=$(sed -n 's/^loss \([0-9.e+-]*\) .*/\1/p' out)
awk "BEGIN { exit !(\"$trained\" != \"\" && ($trained - $evaluated) ^ 2 < 1e-4 * $evaluated ^ 2) }" ||
    complain "tested: '$trained', evaluated: '$evaluated'"
grep -q 'evaluated with the best weights, of epoch' runs/worse/report.html || complain "the report does not say which"
"$gradus" eval runs/worse/last.safetensors >last
! cmp -s <(sed 1d out) <(sed 1d last) || complain "the best weights are in last.safetensors, too"
finish

# ---- Side by side
begin "compare tells results, and what differs"
run "$gradus" compare runs/net runs/small --report compared.html
wants_status 0
wants_out '^net  *finished '
wants_out '^model.0.dense.units  *16  *4$'
wants_no_out '^data.csv.target'
wants_no_out '^train.directory'
wants_file compared.html
run "$gradus" compare runs/net runs/net
wants_out '^Their recipes say the same'
finish
refuses "compare of what is no run" 1 "the directory recipes holds no run" "$gradus" compare runs/net recipes

if [ -n "$has_python" ]; then
    begin "runs and compare as JSON"
    "$gradus" runs --json >all.json
    grep -q '"name": *"net"' all.json || complain "all.json has no run called net"
    "$gradus" compare runs/net runs/small --json >both.json
    wants_value both.json '["differences"][0]["key"]' model.0.dense.units
    finish
fi

begin "runs where there are none"
mkdir -p bare
cd bare || exit 1
run "$gradus" runs
wants_status 0
wants_out '^there are no runs in runs$'
run "$gradus" runs nowhere
wants_status 1
cd ..
finish
