#!/usr/bin/env bash
# A training and what follows it, on small data made here.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
make_idx images labels 120
make_idx_recipe picture.yaml

begin "training on a table"
run "$gradus" train net.yaml
wants_status 0
wants_silence
wants_out '^net: 4 layers, 115 parameters; 90 training samples, 30 for validation, 30 for the test; 1 thread$'
wants_out '^epoch 1/8  loss [0-9.]*  accuracy [0-9.]*  validation:  loss [0-9.]*  accuracy [0-9.]*  '
wants_out '^epoch 8/8 '
wants_out '^test (best weights, epoch [0-9]*):  loss [0-9.]*  accuracy \(0.9[0-9]*\|1.000\)$'
wants_out '^report        runs/net/report.html$'
for file in run.json last.safetensors best.safetensors history.csv history.jsonl report.html; do wants_file runs/net/$file; done
[ "$(wc -l <runs/net/history.csv)" -eq 9 ] || complain "history.csv has not a heading and 8 rows"
finish

begin "training on pictures"
run "$gradus" train picture.yaml
wants_status 0
wants_silence
wants_out '^epoch 6/6 '
wants_out '^test (best weights, epoch [0-9]*):  loss [0-9.]*  accuracy \(0.9[0-9]*\|1.000\)$'
finish

begin "eval of a run, of its recipe and of its checkpoint is the same"
run "$gradus" eval runs/net
wants_status 0
wants_out '^runs/net/best.safetensors on test: 30 samples'
wants_out '^tulip  *[0-9]'
sed 1d out >first
run "$gradus" eval net.yaml
sed 1d out >second
run "$gradus" eval runs/net/best.safetensors
sed 1d out >third
wants_same first second
wants_same first third
finish

begin "eval --json"
run "$gradus" eval runs/picture --part train --json
wants_status 0
wants_out '^  "samples": 90,$'
wants_out '^  "loss": '
wants_out '^    "accuracy": '
wants_out '^      "class": "middle",$'
wants_out '^  "confusion": '
finish

begin "eval of other files, with the confusion matrix"
run "$gradus" eval runs/picture --data images --data labels --confusion
wants_status 0
wants_out '^images on\|on images: 120 samples'
wants_out '^true . predicted  top  middle  bottom$'
finish

begin "predict writes a table"
run "$gradus" predict runs/net flowers.csv
wants_status 0
wants_silence
[ "$(head -n 1 out)" = index,class,iris,rose,tulip ] || complain "the heading is $(head -n 1 out)"
[ "$(wc -l <out)" -eq 151 ] || complain "not 150 rows"
right=$(paste -d, <(sed 1d out | cut -d, -f2) <(sed 1d flowers.csv | cut -d, -f4) | awk -F, '$1 == $2' | wc -l)
[ "$right" -ge 140 ] || complain "$right of 150 are right"
awk -F, 'NR > 1 && ($3 + $4 + $5 < 0.999 || $3 + $4 + $5 > 1.001) { exit 1 }' out || complain "a sum is not 1"
cp out table
run "$gradus" predict net.yaml flowers.csv --output answers.csv
wants_status 0
wants_same table answers.csv
cut -d, -f1-3 flowers.csv >unknown.csv
run "$gradus" predict runs/net unknown.csv
wants_status 0
wants_same table out
finish

begin "predict --unknown says what a category is that was not seen in training"
awk 'BEGIN { print "port,x,y"; for (i = 0; i < 60; i++) print (i % 4 == 0 ? "Lima" : i % 4 == 1 ? "" : "Oslo") "," i / 60 "," i }' >ports.csv
sed 's/flowers/ports/; s/kind}/y, missing: mean}/; s/dense: 3/dense: 1/; s/softmax.*/squared_error/' net.yaml >ports.yaml
run "$gradus" train ports.yaml --no-report
wants_status 0
printf '%s\n' port,x Rio,.5 Oslo,.5 ,.5 Lima,.5 >asked.csv
run "$gradus" predict runs/ports asked.csv
wants_status 0
wants_err "^gradus: asked.csv, line 2: .*'Rio' is not among the categories of the training data"
mapfile -t answer < <(cut -d, -f2 out)
[ -z "${answer[1]}" ] || complain "the row has an answer: ${answer[1]}"
for case in frequent:2 missing:3; do
    run "$gradus" predict runs/ports asked.csv --unknown ${case%:*}
    wants_status 0
    wants_silence
    given=$(sed -n 2p out | cut -d, -f2)
    [ "$given" = "${answer[${case#*:}]}" ] || complain "${case%:*} gives $given of ${answer[*]}"
done
run "$gradus" predict runs/ports asked.csv --unknown none
wants_silence
given=$(sed -n 2p out | cut -d, -f2)
[ -n "$given" ] && [ "$given" != "${answer[2]}" ] && [ "$given" != "${answer[3]}" ] || complain "none gives $given"
sed 's/missing: mean/missing: mean, unknown: frequent/' ports.yaml >frequent.yaml
run "$gradus" train frequent.yaml --no-report
run "$gradus" predict runs/frequent asked.csv
wants_silence
[ "$(sed -n 2p out | cut -d, -f2)" = "$(sed -n 3p out | cut -d, -f2)" ] || complain "the recipe's word counts for nothing"
run "$gradus" predict runs/frequent asked.csv --unknown error --strict
wants_status 1
run "$gradus" predict runs/ports asked.csv --unknown perhaps
wants_status 2
wants_err "an unknown category cannot be 'perhaps'; error, none, missing or frequent was expected"
run "$gradus" predict runs/picture images --unknown none
wants_status 1
wants_err "unknown categories are those of a table, and the network was trained on other data"
finish

begin "predicted numbers are in the target's own units"
sed 's/kind}/x1}/; s/scale: .*/scale: {x: standardize, y: standardize}/; s/dense: 3/dense: 1/; s/softmax.*/squared_error/
    s/0.02/0.05/; s/epochs: 8/epochs: 40/' net.yaml >numbers.yaml
run "$gradus" train numbers.yaml
wants_status 0
run "$gradus" eval numbers.yaml
wants_out "^in the target's own units: root mean square error 0"
run "$gradus" predict runs/numbers flowers.csv
[ "$(head -n 1 out)" = index,value ] || complain "the heading is $(head -n 1 out)"
apart=$(paste -d, <(sed 1d out | cut -d, -f2) <(sed 1d flowers.csv | cut -d, -f1) |
    awk -F, '{ s += ($1 - $2) ^ 2 } END { print sqrt(s / NR) < 1 }')
[ "$apart" = 1 ] || complain "the predictions are far off"
finish

begin "the same seed gives the same weights"
run "$gradus" train net.yaml train.directory=again --quiet --no-report
wants_status 0
wants_no_out '^epoch'
wants_no_file again/report.html
"$gradus" predict again/last.safetensors flowers.csv >first
"$gradus" predict runs/net/last.safetensors flowers.csv >second
wants_same first second
finish

begin "resume goes on as if nothing had happened"
run "$gradus" train net.yaml train.directory=half train.steps=21
wants_status 0
run "$gradus" train --resume net.yaml train.directory=half
wants_status 0
wants_out '^resumed from half/last.safetensors after 3 epochs and 21 steps$'
"$gradus" predict half/last.safetensors flowers.csv >first
wants_same first second
wants_out '^epoch 8/8 '
[ "$(wc -l <half/history.csv)" -ge 9 ] || complain "history.csv lacks the rows before"
finish

begin "resume of a directory, when nothing is left"
run "$gradus" train --resume runs/net
wants_status 0
wants_out 'nothing is left to be done'
finish

begin "weights from another file"
run "$gradus" train net.yaml --init again/last.safetensors train.epochs=1 train.directory=more
wants_status 0
wants_out '^4 tensors start from again/last.safetensors$'
run "$gradus" train net.yaml --init again/last.safetensors train.epochs=1 train.directory=more model.0.dense=8
wants_status 0
wants_out "^1 tensor starts from again/last.safetensors; these do not:"
wants_out 'fc1.weight'
finish

begin "a dry run writes nothing"
run "$gradus" train net.yaml --dry-run train.directory=dry
wants_status 0
wants_out '^  gradient norm '
wants_out 'guessing evenly among 3 classes: 1.0986'
wants_no_file dry
finish

begin "a network that can learn one batch, and one that cannot"
run "$gradus" train picture.yaml --overfit-batch train.directory=over
wants_status 0
wants_out '^The network learns a batch by heart'
wants_no_file over
run "$gradus" train picture.yaml --overfit-batch train.directory=over optimizer.adam.learning_rate=1e-9
wants_status 1
wants_out '^The network did not learn the batch by heart'
finish

begin "info of a recipe and of a checkpoint"
run "$gradus" info net.yaml
wants_status 0
wants_out 'fc2'
wants_out '^A training step with 16 samples: .*precision fast'
wants_out '^with recompute: '
run "$gradus" info net.yaml train.precision=exact train.recompute=true
wants_status 0
wants_out 'precision exact'
wants_out '^without recompute: '
run "$gradus" info runs/picture --json
wants_status 0
wants_out '"layer": "conv2d"'
wants_out '"peak_bytes": [1-9]'
run "$gradus" info picture.yaml --dot
wants_out '^digraph'
finish

begin "check: every gradient is right"
run "$gradus" check picture.yaml
wants_status 0
wants_out '^conv1.weight .* right'
wants_no_out 'wrong'
run "$gradus" check net.yaml --elements 0 --batch 8
wants_status 0
wants_out '^fc1.weight  *\[16,3\]  *48 '
finish

begin "bench prints one object"
run "$gradus" bench mlp-infer --seconds 0 --batch 2 --threads 1 --json
wants_status 0
for key in workload batch threads precision parameters ms_per_step mean_ms_per_step samples_per_s gflops peak_gflops \
    peak_memory_mb; do
    wants_out "^  \"$key\": "
done
# All steps count in the mean, with what lies between them: steps times mean is the window.
run "$gradus" bench mlp-infer --seconds 0.3 --batch 1 --threads 1 --json
wants_status 0
window=$(awk -F'[:,]' '/"mean_ms_per_step"/ { mean = $2 } /"steps"/ { steps = $2 }
    END { print (mean * steps >= 299.9 ? "whole" : mean * steps " ms") }' out)
[ "$window" = whole ] || complain "the steps of a window of 300 ms add up to $window"
run "$gradus" bench mlp --seconds 0 --precision bf16
wants_status 0
wants_out '^  step .*median of 5; mean [0-9.e+]* ms;'
wants_out '^  arithmetic '
run "$gradus" bench
wants_out '^  resnet18-infer '
finish
