#!/usr/bin/env bash
# Trainings on folds, and calibration at the end of a training.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
set -m # programs in the background get their own signals
# A table of yes and no with names of its own for the rows, one of which is missing.
awk 'BEGIN {
    print "name,x,answer"
    for (i = 0; i < 90; i++) printf "r%d,%s,%s\n", i, i == 7 ? "" : (i * 37 % 90) / 10 + (i % 4 == 0) * 2, i % 4 == 0 ? "yes" : "no"
}' >answers.csv
cat >answers.yaml <<'RECIPE'
data:
  train: {csv: answers.csv}
  csv: {target: answer, id: name, missing: drop}
  split: {stratify: true}
  scale: standardize
model: [{dense: 1}]
loss: logistic
metrics: [accuracy, f1]
optimizer: {adam: 0.05}
train: {epochs: 6, batch: 16, seed: 3, threads: 1, k_folds: 3}
calibrate: {temperature: true, threshold: f1}
RECIPE

begin "folds are runs, and what they say together"
run "$gradus" train net.yaml --folds 3
wants_status 0
wants_silence
wants_out '^fold 3 of 3$'
wants_out '^net: 4 layers, 115 parameters; 80 training samples, 40 for validation; 1 thread$'
wants_out '^fold  *samples  *epoch  *loss  *accuracy$'
wants_out '^mean  '
wants_out '^deviation  '
wants_out '^predictions   runs/net/out-of-fold.csv$'
for fold in 1 2 3; do
    for file in run.json last.safetensors best.safetensors history.csv report.html; do wants_file runs/net/fold-$fold/$file; done
done
for file in folds.json out-of-fold.csv report.html; do wants_file runs/net/$file; done
# 150 rows, of which 30 are the test part.
[ "$(wc -l <runs/net/out-of-fold.csv)" -eq 121 ] || complain "out-of-fold.csv has not a heading and 120 rows"
[ "$(head -n 1 runs/net/out-of-fold.csv)" = "index,fold,target,class,iris,rose,tulip" ] || complain "the heading is another"
tail -n +2 runs/net/out-of-fold.csv | cut -d, -f1 >order
sort -n order >sorted
wants_same order sorted
[ "$(sort -u order | wc -l)" -eq 120 ] || complain "a row stands there twice"
finish

# compare FOLD COLUMN: in out-of-fold.csv, rows of a fold have the class and the first number (from COLUMN on) that
# the file `all` has. Other rows stand beside them in a batch there, so the last digits may differ.
compare() {
    awk -F, -v fold="$1" -v at="$2" 'NR == FNR { if (FNR > 1) { class[$1] = $(at - 2); number[$1] = $(at - 1) } next }
        FNR > 1 && $(at - 2) == fold && (class[$1] != $at || (number[$1] - $(at + 1)) ^ 2 > 1e-10) {
            print $1 ": " $at " " $(at + 1) " is not " class[$1] " " number[$1] }' \
        all "$3" >differences
    [ ! -s differences ] || complain "fold $1: $(head -n 1 differences)"
}
begin "out-of-fold predictions are those of the network that did not see the row"
for fold in 1 2 3; do
    "$gradus" predict runs/net/fold-$fold flowers.csv >all
    compare "$fold" 4 runs/net/out-of-fold.csv
done
awk -F, 'NR == FNR { if (FNR > 1) kind[FNR - 2] = $4; next } FNR > 1 && kind[$1] != $3 { print $1 }' \
    flowers.csv runs/net/out-of-fold.csv >differences
[ ! -s differences ] || complain "the target of row $(head -n 1 differences) is wrong"
finish

begin "the figures are those of eval, and their mean and deviation"
python=$(command -v python3)
for fold in 1 2 3; do "$gradus" eval runs/net/fold-$fold --part validation --json >eval-$fold; done
if [ -n "$python" ]; then
    "$python" -c '
import json, statistics
folds = json.load(open("runs/net/folds.json"))
loss = [json.load(open("eval-%d" % i))["loss"] for i in (1, 2, 3)]
assert [round(f["validation"]["loss"], 7) for f in folds["fold"]] == [round(l, 7) for l in loss], loss
assert abs(folds["mean"]["loss"] - statistics.mean(loss)) < 1e-7
assert abs(folds["deviation"]["loss"] - statistics.stdev(loss)) < 1e-7
assert folds["folds"] == 3 and sum(f["samples"] for f in folds["fold"]) == 120
' >out 2>err || complain "the figures differ"
fi
finish

begin "eval of folds: each by itself, on the data that all share or on its own part"
for fold in 1 2 3; do "$gradus" eval runs/net/fold-$fold --json >test-$fold; done
run "$gradus" eval runs/net
wants_status 0
wants_out '^runs/net on test: each of 3 folds$'
wants_out '^deviation '
"$gradus" eval runs/net --json >together
"$gradus" eval runs/net --part validation --json >apart
if [ -n "$python" ]; then
    "$python" -c '
import json, statistics
test = [json.load(open("test-%d" % i)) for i in (1, 2, 3)]
folds = json.load(open("together"))
assert [f["loss"] for f in folds["fold"]] == [t["loss"] for t in test]
assert folds["mean"]["accuracy"] == statistics.mean(t["metrics"]["accuracy"] for t in test)
assert abs(folds["deviation"]["loss"] - statistics.stdev(t["loss"] for t in test)) < 1e-8
own = json.load(open("apart"))
assert [f["loss"] for f in own["fold"]] == [json.load(open("eval-%d" % i))["loss"] for i in (1, 2, 3)]
assert [f["samples"] for f in own["fold"]] == [40, 40, 40]
' >out 2>err || complain "the figures differ"
fi
run "$gradus" eval runs/net --confusion
wants_status 2
wants_err '^gradus: --confusion is of a single network; name a fold, as in runs/net/fold-1$'
finish

begin "predict by folds is the mean of what they say"
for fold in 1 2 3; do "$gradus" predict runs/net/fold-$fold flowers.csv >said-$fold; done
run "$gradus" predict runs/net flowers.csv
wants_status 0
wants_silence
[ "$(wc -l <out)" -eq 151 ] || complain "not 150 rows"
paste -d, said-1 said-2 said-3 out | awk -F, 'NR > 1 {
    best = 18
    for (i = 3; i <= 5; i++) {
        apart = ($i + $(i + 5) + $(i + 10)) / 3 - $(i + 15)
        if (apart ^ 2 > 1e-12) print NR ": column " i
        if ($(i + 15) > $best) best = i + 15
    }
    if ($17 != (best == 18 ? "iris" : best == 19 ? "rose" : "tulip")) print NR ": " $17 " is not the most probable"
}' >differences
[ ! -s differences ] || complain "$(head -n 1 differences)"
cp out mean
run "$gradus" predict net.yaml flowers.csv
wants_same mean out
run "$gradus" predict runs/net -
wants_status 1
wants_err 'standard input cannot be read again'
finish

begin "info and report of folds; what takes a single network says so"
run "$gradus" info runs/net
wants_status 0
wants_out '^3 folds of this network, each trained on its own part$'
wants_out '^dense  *fc1 '
mv runs/net/report.html trained.html
run "$gradus" report runs/net --threads 1
wants_status 0
wants_out '^report        runs/net/report.html (3 folds)$'
for page in trained.html runs/net/report.html; do sed 's/, 20[0-9-]* [0-9:]* UTC//' $page >$(basename $page).plain; done
wants_same trained.html.plain report.html.plain
grep -q 'validation loss' runs/net/report.html || complain "the page has no curves"
finish
refuses "check of folds" 1 "runs/net holds folds, each of them a network of its own: name one, as in runs/net/fold-1" \
    "$gradus" check runs/net

begin "by the recipe, with names of rows, rows left out, and calibration"
run "$gradus" train answers.yaml --quiet --no-report
wants_status 0
wants_out '^temperature   [0-9.]*: the log loss of 30 validation samples is '
wants_out '^threshold     [0-9.]*: f1 on 30 validation samples is '
[ "$(head -n 1 runs/answers/out-of-fold.csv)" = "index,id,fold,target,class,yes" ] || complain "the heading is another"
[ "$(wc -l <runs/answers/out-of-fold.csv)" -eq 90 ] || complain "out-of-fold.csv has not a heading and 89 rows"
grep -q '^8,r8,[123],yes,' runs/answers/out-of-fold.csv || complain "row 8 is not r8"
! grep -q '^7,' runs/answers/out-of-fold.csv || complain "the row that was left out is there"
wants_no_file runs/answers/report.html
"$gradus" predict runs/answers/fold-2 answers.csv >all 2>err
compare 2 5 runs/answers/out-of-fold.csv
# A yes or no: the mean of the probabilities, and of what the folds count as yes. The row without x stays empty.
run "$gradus" predict runs/answers answers.csv
wants_status 0
wants_err '^gradus: 1 of 90 rows cannot be predicted; they are empty in the answer$'
grep -q '^7,r7,,$' out || complain "row 7 is not empty"
for fold in 1 2 3; do "$gradus" predict runs/answers/fold-$fold answers.csv 2>err | sed -n '3s/.*,//p'; done |
    awk -v given="$(sed -n '3s/.*,//p' out)" '{ sum += $1 } END { exit (sum / 3 - given) ^ 2 > 1e-12 }' ||
    complain "the probability is no mean"
finish

begin "a second training of the name takes the next one, --overwrite the same"
run "$gradus" train net.yaml --folds 2 --quiet --no-report train.epochs=1
wants_status 0
wants_err '^runs/net holds another run: this one is runs/net-2 '
wants_file runs/net-2/fold-2/last.safetensors
run "$gradus" train net.yaml --folds 2 --overwrite --quiet --no-report train.epochs=1
wants_status 0
wants_silence
wants_no_file runs/net/fold-3
[ "$(wc -l <runs/net/fold-1/history.csv)" -eq 2 ] || complain "the old fold is still there"
finish

begin "Ctrl-C, and --resume goes on with the fold that is not finished"
run "$gradus" train net.yaml --folds 3 --quiet --no-report train.epochs=60 train.directory=whole
${undeaf[@]+"${undeaf[@]}"} "$gradus" train net.yaml --folds 3 --no-report train.epochs=60 train.directory=parts >out 2>err </dev/null &
pid=$!
for _ in $(seq 400); do
    grep -q '^fold 2 of 3' out && tail -n 3 out | grep -q '^epoch' && break
    sleep 0.02
done
kill -INT "$pid"
wait "$pid"
status=$?
wants_status 130
wants_err '^Go on with: gradus train --resume parts$'
wants_file parts/fold-1/last.safetensors
wants_no_file parts/out-of-fold.csv
run "$gradus" predict parts flowers.csv
wants_status 1
wants_err "^gradus: fold 3 of 3 in parts has no weights yet; .gradus train --resume parts. goes on with them$"
run "$gradus" train --resume parts --no-report
wants_status 0
wants_out '^fold 1 of 3 is finished: parts/fold-1$'
wants_same parts/out-of-fold.csv whole/out-of-fold.csv
finish

begin "--resume by the recipe wants the same recipe"
run "$gradus" train net.yaml --folds 3 --resume train.epochs=60 train.directory=parts --no-report
wants_status 0
wants_out '^fold 3 of 3 is finished: parts/fold-3$'
run "$gradus" train net.yaml --folds 3 --resume train.epochs=61 train.directory=parts
wants_status 1
wants_err '^gradus: the folds in parts were begun with another recipe or other settings'
run "$gradus" train --resume parts train.epochs=61
wants_status 1
wants_err '^gradus: the folds in parts go on as they began: train.epochs=61 cannot be set$'
run "$gradus" train --resume parts --folds 4
wants_status 1
wants_err '^gradus: parts holds 3 folds, not 4$'
finish

begin "a single fold"
run "$gradus" train net.yaml train.k_folds=3 train.fold=2 train.epochs=60 train.directory=single --quiet --no-report
wants_status 0
"$gradus" predict single flowers.csv >first
"$gradus" predict whole/fold-2 flowers.csv >second
wants_same first second
finish

begin "calibration of a run: eval and predict go by it, the training does not"
grep -v '^calibrate' answers.yaml >plain.yaml
run "$gradus" train plain.yaml data.split.validation=0.3 train.fold=1 train.directory=plain --quiet --no-report
run "$gradus" train answers.yaml data.split.validation=0.3 train.fold=1 train.directory=tempered --quiet --no-report
wants_status 0
threshold=$(sed -n 's/^threshold  *\([0-9.]*\): f1 on .* is \([0-9.]*\), with .*/\2/p' out)
run "$gradus" eval tempered --part validation
wants_out "f1 $threshold"
"$gradus" predict tempered/best.safetensors answers.csv >first 2>err
"$gradus" predict plain/best.safetensors answers.csv >second 2>err
! cmp -s first second || complain "the calibration changes nothing"
run "$gradus" train --resume tempered train.epochs=9 --quiet --no-report
wants_status 0
run "$gradus" train --resume plain train.epochs=9 --quiet --no-report
cut -d, -f1-5 tempered/history.csv >first
cut -d, -f1-5 plain/history.csv >second
wants_same first second
finish

refuses "calibration without a validation part" 1 \
    "answers.yaml: \`calibrate\` goes by the validation part, and the recipe has none: \`data.validation\` or \`data.split.validation\` gives one" \
    "$gradus" train answers.yaml train.k_folds=2 --dry-run
refuses "folds of a checkpoint" 2 "--folds wants a recipe, and runs/net/fold-1/last.safetensors is none" \
    "$gradus" train runs/net/fold-1/last.safetensors --folds 3
refuses "a single fold and all of them" 2 "train.fold trains a single fold, and --folds all of them" \
    "$gradus" train net.yaml train.k_folds=3 train.fold=1 --folds 3
refuses "one fold is none" 2 "--folds is '1', expected a whole number from 2 to 1000000" \
    "$gradus" train net.yaml --folds 1
refuses "no folds to resume" 1 "there are no folds in runs/none to resume; without --resume they begin" \
    "$gradus" train net.yaml --folds 3 --resume train.directory=runs/none
