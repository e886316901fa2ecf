#!/usr/bin/env bash
# Searching: strategies, what is refused, and searches that are killed in the middle.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
export OMP_NUM_THREADS=1
make_csv flowers.csv 150
make_csv_recipe plain.yaml
set -m # programs in the background get their own signals

# make_search FILE STRATEGY TRIALS, and the space from standard input
make_search() {
    {
        echo "# Flowers told apart."
        cat plain.yaml
        printf '\n# What is tried.\nsearch:\n  strategy: %s\n  trials: %s\n  space:\n' "$2" "$3"
        cat
    } >"$1"
}
make_search net.yaml bayesian 8 <<'SPACE'
    optimizer.adam.learning_rate: {log: [1e-4, 0.1]}
    model.0.dense: {choice: [4, 16, 64]}
    model.1: {choice: [relu, tanh, sigmoid]}
    model.2.dropout: {uniform: [0, 0.5]}
    train.batch: {log_integer: [8, 64]}
SPACE

begin "a Bayesian search on two processes"
run "$gradus" search net.yaml search.processes=2 train.epochs=3
wants_status 0
wants_silence
wants_out '^net: bayesian search over 5 parameters, 8 trials, 2 at a time with 1 thread each; the lowest loss of the'
[ "$(grep -c '^trial [1-8]/8  loss ' out)" -eq 8 ] || complain "not eight trials"
wants_out '^best recipe runs/net/best.yaml$'
for file in journal.jsonl results.csv best.yaml trials/008/best.safetensors; do wants_file runs/net/$file; done
[ "$(grep -c ',finished,' runs/net/results.csv)" -eq 8 ] || complain "results.csv has not eight finished trials"
finish

begin "the best recipe is whole, keeps comments, and gives the trial's result"
grep -q '^# Trial [1-8] of the search in runs/net: loss ' runs/net/best.yaml || complain "no heading"
grep -q '^# Flowers told apart.$' runs/net/best.yaml || complain "the comment is gone"
! grep -q search: runs/net/best.yaml || complain "the section search is there"
run "$gradus" train runs/net/best.yaml train.monitor=loss
wants_status 0
wants_file runs/net/best/report.html
best=$(sed -n 's/^# Trial \([1-8]\) .*/\1/p' runs/net/best.yaml)
tail -n +2 "runs/net/trials/00$best/history.csv" | cut -d, -f1-6 >first
tail -n +2 runs/net/best/history.csv | cut -d, -f1-6 >second
wants_same first second
finish

begin "the same search again has nothing left to do"
cp runs/net/journal.jsonl before
run "$gradus" search net.yaml search.processes=2 train.epochs=3 --json
wants_status 0
wants_out '^  "planned": 8,$'
wants_out '"optimizer.adam.learning_rate": 0'
wants_same before runs/net/journal.jsonl
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys
found = json.load(open("out"))
loss = [trial["objective"] for trial in found["trials"]]
sys.exit(len(loss) != 8 or loss != sorted(loss))' || complain "not JSON, or not best first"
fi
finish

begin "a finished search goes on with more trials"
run "$gradus" search --resume runs/net search.trials=10
wants_status 0
wants_out '^runs/net holds 8 trials that ended already, and 0 that go on$'
wants_out '^trial 10/10 '
[ "$(grep -c '"finished"' runs/net/journal.jsonl)" -eq 10 ] || complain "not ten finished trials"
finish

begin "one process, the same seed, the same search"
for run in one two; do
    run "$gradus" search net.yaml train.epochs=1 train.directory=$run --quiet
    wants_status 0
    cut -d, -f1-5,7-11 $run/results.csv >$run.csv
done
wants_same one.csv two.csv
finish

# ---- Other strategies
space() { printf '    optimizer.adam.learning_rate: {log: [1e-3, 0.1]}\n    model.0.dense: {choice: [4, 16]}\n'; }

begin "a grid is searched whole"
space | sed 's/ 4, / 4, 8, /; s/\[4, 16\]/[4, 8, 16]/' | make_search grid.yaml grid 9
run "$gradus" search grid.yaml train.epochs=1
wants_status 0
for rate in 0.001 0.01 0.1; do
    for units in 4 8 16; do
        grep -q ",$rate,$units,\$" runs/grid/results.csv || complain "$rate and $units are missing"
    done
done
finish

begin "halving: the best go on from their checkpoints"
space | make_search halve.yaml halving 9
run "$gradus" search halve.yaml train.epochs=9 search.processes=2
wants_status 0
[ "$(tail -n +2 runs/halve/results.csv | cut -d, -f5 | sort | uniq -c | tr -s ' \n' ' ')" = \
    " 6 1 2 3 1 9 " ] || complain "the epochs are wrong"
longest=$(awk -F, '$5 == 9 { printf "%03d", $1 }' runs/halve/results.csv)
grep -q '^resumed from .* after 3 epochs' "runs/halve/trials/$longest/log.txt" || complain "it was not resumed"
finish

begin "coarse to fine: three rounds"
space | make_search fine.yaml coarse_to_fine 9
run "$gradus" search fine.yaml train.epochs=1
wants_status 0
[ "$(grep -c ',finished,' runs/fine/results.csv)" -eq 9 ] || complain "not nine trials"
finish

begin "another objective: the highest accuracy"
space | make_search high.yaml random 4
run "$gradus" search high.yaml train.epochs=2 search.objective=accuracy
wants_status 0
wants_out 'the highest accuracy of the validation set counts$'
finish

# ---- Trials that fail
begin "a trial that diverges or cannot be built fails alone"
printf '    optimizer: {choice: [{gradient_descent: 1e30}, {gradient_descent: 0.1}]}\n' |
    make_search bad.yaml grid 2
run "$gradus" search bad.yaml train.epochs=2
wants_status 0
wants_out '^trial 1/2  failed  optimizer {gradient_descent: 1e30}: epoch 1, step\|^trial 1/2  failed  optimizer .*: '
wants_out '^trial 2/2  loss '
wants_out '^1 trial failed$'
finish

begin "a search in which all fails says so"
printf '    optimizer.gradient_descent: {choice: [1e29, 1e30]}\n' | make_search worse.yaml grid 2
sed -i 's/^optimizer: .*/optimizer: gradient_descent/' worse.yaml
run "$gradus" search worse.yaml
wants_status 1
wants_err '^gradus: no trial went well: the first one failed: '
finish

# ---- Stopped in the middle
# Starts a search of long trials in the background and waits for its second finished trial.
start() {
    ${undeaf[@]+"${undeaf[@]}"} "$gradus" search net.yaml train.epochs=300 search.processes=2 train.directory="$1" >out 2>err </dev/null &
    pid=$!
    for _ in $(seq 3000); do
        [ "$(grep -c '"finished"' "$1/journal.jsonl" 2>/dev/null)" -ge 2 ] 2>/dev/null && return
        sleep 0.02
    done
    complain "the search did not start"
}
begin "kill -9 loses no finished trial"
start hard
kill -KILL "$pid"
wait "$pid" 2>/dev/null
grep '"finished"' hard/journal.jsonl >before
run "$gradus" search --resume hard
wants_status 0
grep '"finished"' hard/journal.jsonl | head -n "$(wc -l <before)" >after
wants_same before after
[ "$(grep -c '"finished"' hard/journal.jsonl)" -eq 8 ] || complain "not eight finished trials"
[ "$(cut -d, -f1 hard/results.csv | sort -u | wc -l)" -eq 9 ] || complain "a trial is there twice"
finish

begin "a half-written line is tolerated"
cp -r hard cut
head -c -7 hard/journal.jsonl >cut/journal.jsonl
run "$gradus" search --resume cut
wants_status 0
[ "$(grep -c '"finished"' cut/journal.jsonl)" -eq 8 ] || complain "not eight finished trials"
finish

begin "Ctrl-C saves the running trials and says how to go on"
start soft
kill -INT "$pid"
wait "$pid"
status=$?
wants_status 130
wants_err '^Go on with: gradus search --resume soft$'
run "$gradus" search --resume soft
wants_status 0
[ "$(grep -c '"finished"' soft/journal.jsonl)" -eq 8 ] || complain "not eight finished trials"
finish

begin "one search at a time in a directory"
start busy
run "$gradus" search --resume busy
wants_status 1
wants_sentence "another process is searching in busy: wait for its end, or stop it"
kill -TERM "$pid"
wait "$pid"
finish

# ---- What is refused before anything runs
bad_space() { # name, sentence, the space
    printf '%s\n' "    $3" | make_search wrong.yaml "${4:-random}" 5
    refuses "$1" 1 "$2" "$gradus" search wrong.yaml
    [ ! -e runs/wrong ] || echo "not ok $1 left a directory behind"
}
rate=optimizer.adam.learning_rate
bad_space "a grid with a negative learning rate" "wrong.yaml:21: setting '$rate=-0.1': 'learning_rate' is '-0.1', \
expected a number above 0 and at most 1e30" "$rate: {choice: [0.1, -0.1]}" grid
bad_space "a logarithmic range from a negative number" "wrong.yaml:21: the range of '$rate' is logarithmic and begins \
at -0.1, expected above 0" "$rate: {log: [-0.1, 0.1]}"
bad_space "a range upside down" "wrong.yaml:21: the range of '$rate' goes from 0.1 to 0.001, expected the smaller end \
first" "$rate: {log: [0.1, 0.001]}"
bad_space "a uniform range that reaches below zero" "wrong.yaml:21: setting '$rate=-1': 'learning_rate' is '-1', \
expected a number above 0 and at most 1e30" "$rate: {uniform: [-1, 1]}"
bad_space "an unknown name" "wrong.yaml:21: setting 'optimizer.adam.learning_rat=0.001': unknown key in adam: \
'learning_rat', did you mean 'learning_rate'?" "optimizer.adam.learning_rat: {log: [1e-3, 1]}"
bad_space "an unknown kind of range" "wrong.yaml:21: unknown range 'logg', did you mean 'log'?" "$rate: {logg: [1, 2]}"
bad_space "an empty choice" "wrong.yaml:21: 'values' is a list, expected a list of 1 to 1000 values" \
    "$rate: {choice: []}"
bad_space "numbers where whole ones are wanted" "wrong.yaml:21: 'train.batch' does not take every number between 8 and \
64; for whole numbers there are the ranges \`integer\` and \`log_integer\`" "train.batch: {uniform: [8, 64]}"
bad_space "a layer that is not there" "wrong.yaml:21: setting 'model.9.dense=4': 'model' has the entries 0 to 3, '9' is \
none of them" "model.9.dense: {choice: [4]}"
bad_space "a grid that is too large" "wrong.yaml:21: the grid has 6 points, and the search 5 trials: take fewer points \
on a range (grid: 3 now) or fewer choices, or another strategy" "$rate: {choice: [1, 2, 3, 4, 5, 6]}" grid
bad_space "what a search decides itself" "wrong.yaml:21: 'data.split.seed' cannot be searched: trials with other \
validation samples cannot be compared" "data.split.seed: {choice: [1, 2]}"
refuses "a recipe without the section" 1 "plain.yaml: the section 'search' is missing, which says what to try, as in \
\`search: {trials: 20, space: {optimizer.adam.learning_rate: {log: [1e-4, 1e-1]}}}\`" "$gradus" search plain.yaml
space | make_search blind.yaml random 2
sed -i 's/^  split: .*/  split: {test: 0.2}/' blind.yaml
refuses "a search without a validation set" 1 "blind.yaml:3: a search chooses by a validation set, and the recipe has \
none; \`split: {validation: 0.1}\` in its section \`data\` takes a tenth of the training samples for it" \
    "$gradus" search blind.yaml
refuses "an objective that is not measured" 1 "setting 'search.objective=acuracy': 'objective' is 'acuracy', which is \
neither \`loss\` nor one of the metrics; did you mean 'accuracy'?" "$gradus" search net.yaml search.objective=acuracy train.directory=new
refuses "another search in the same directory" 1 "hard holds the search of another recipe, or of this one before it was \
changed: give another directory, as in train.directory=hard-2, or go on with that search by \`--resume hard\`" \
    "$gradus" search net.yaml train.directory=hard train.epochs=7
refuses "another learning rate on the way" 1 "the search in hard cannot go on with these settings: only \
\`search.processes\`, and the \`search.trials\` of a random or Bayesian search, may change on the way" \
    "$gradus" search --resume hard train.batch=3
refuses "a trial that is not there" 1 "the search has no trial 99 yet; there are 8" \
    "$gradus" search --resume hard --trial 99

# ---- The learning rate
begin "a learning rate is found"
run "$gradus" search --learning-rate plain.yaml
wants_status 0
wants_out '^plain: [0-9]* steps, learning rates from 1e-07 to '
wants_out '^suggestion: learning_rate: [0-9.e+-]*'
finish
begin "a learning rate as JSON"
run "$gradus" search --learning-rate plain.yaml --json
wants_status 0
wants_out '^  "suggestion": '
wants_out '"smoothed": '
finish
