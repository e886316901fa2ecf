#!/usr/bin/env bash
# Networks with several targets, and with several questions about one.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
awk 'BEGIN {
    print "area,age,price,sold,kind,garden,garage"
    for (i = 0; i < 60; i++)
        printf "%d,%d,%d,%s,%s,%d,%d\n", 50 + 7 * i % 60, 3 * i % 17, 100 + 13 * i % 90, i % 3 == 0 ? "yes" : "no",
            i % 4 == 0 ? "flat" : i % 4 == 1 ? "house" : "villa", i % 5 == 0, i % 2
}' >houses.csv
cat >net.yaml <<'RECIPE'
data:
  train: {csv: houses.csv}
  csv: {target: [price, sold, kind], ignore: [garden, garage]}
  split: {validation: 0.2, test: 0.2}
  scale: {x: standardize, price: standardize}
model: [{dense: 8}, relu, {dense: 5}]
loss:
  price: {huber: {delta: 2, weight: 0.5}}
  sold: logistic
  kind: cross_entropy
metrics: {price: r2}
train: {epochs: 3, batch: 8, threads: 1, monitor: kind.loss}
RECIPE
cat >questions.yaml <<'RECIPE'
data:
  train: {csv: houses.csv}
  csv: {target: [garden, garage], ignore: [price, sold, kind]}
  split: {test: 0.2}
  scale: standardize
model: [{dense: 2}]
loss: {bce: {class_weights: balanced}}
metrics: [accuracy, f1_macro, f1_micro]
train: {epochs: 2, batch: 8, threads: 1}
RECIPE

begin "several targets are trained together, each told by its name"
run "$gradus" train net.yaml
wants_status 0
wants_silence
wants_out '^test (best weights, epoch [1-3]):  loss .*price.loss .*price.r2 .*sold.loss .*sold.accuracy .*kind.loss '
head -n 1 runs/net/history.csv >heading
grep -q '^epoch,step,loss,price.loss,price.r2,sold.loss,sold.accuracy,kind.loss,kind.accuracy,validation_loss,' heading ||
    complain "the heading of the history is another"
for target in price sold kind; do grep -q "Target $target<" runs/net/report.html || complain "the report lacks $target"; done
finish

begin "eval has a part for each target"
run "$gradus" eval runs/net
wants_status 0
for target in price sold kind; do wants_out "^$target\$"; done
wants_out "^in the target's own units: root mean square error "
wants_out '^villa '
run "$gradus" eval runs/net --json
wants_out '"targets": {'
wants_out '"sold.accuracy": '
finish

begin "predictions of several targets stand side by side"
run "$gradus" predict runs/net houses.csv
wants_status 0
[ "$(head -n 1 out)" = "index,price.value,sold.class,sold.yes,kind.class,kind.flat,kind.house,kind.villa" ] ||
    complain "the heading is another"
[ "$(wc -l <out)" -eq 61 ] || complain "there are not 60 rows"
awk -F, 'NR == 1 { print "area,age" } NR > 1 { print $1 "," $2 }' houses.csv >inputs.csv
cp out whole
run "$gradus" predict runs/net inputs.csv # without any target
wants_status 0
wants_same out whole
run "$gradus" predict runs/net houses.csv --json
wants_out '^ {"index":0,"price":{"value":[^}]*},"sold":{"class":"[yn]'
finish
refuses "a threshold is for a single target" 2 \
    "--threshold is for networks that say yes or no, of a single target" \
    "$gradus" predict runs/net houses.csv --threshold 0.4

begin "gradients and folds of several targets"
run "$gradus" check net.yaml
wants_status 0
run "$gradus" train net.yaml --folds 2
wants_status 0
head -n 1 runs/net-2/out-of-fold.csv >heading
grep -q '^index,fold,price.target,sold.target,kind.target,price.value,sold.class,' heading || complain "the heading is another"
finish

begin "several questions a sample are answered one by one"
run "$gradus" train questions.yaml
wants_status 0
wants_out 'f1_macro'
run "$gradus" predict runs/questions houses.csv
[ "$(head -n 1 out)" = "index,class_garden,class_garage,yes_garden,yes_garage" ] || complain "the heading is another"
run "$gradus" predict runs/questions houses.csv --proba
[ "$(head -n 1 out)" = "index,yes_garden,yes_garage" ] || complain "the heading of probabilities is another"
run "$gradus" predict runs/questions houses.csv --threshold 0
[ "$(awk -F, 'NR > 1 && $2 == 1 && $3 == 1' out | wc -l)" -eq 60 ] || complain "not all are above a threshold of 0"
grep -q 'several yes or no' runs/questions/run.json || complain "run.json does not tell the task"
finish
