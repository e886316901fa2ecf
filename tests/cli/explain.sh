#!/usr/bin/env bash
# Which places of a picture, or numbers of a row, spoke for an answer.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 90
(head -n 1 flowers.csv && sed -n '2,4p' flowers.csv) >three.csv
cat >net.yaml <<'RECIPE'
data:
  train: {csv: flowers.csv}
  csv: {target: kind}
  scale: standardize
model: [{dense: 8}, tanh, {dense: 3}]
loss: cross_entropy
train: {epochs: 20, batch: 10, threads: 1, directory: run}
RECIPE
"$gradus" train net.yaml >/dev/null 2>&1

begin "the numbers of a row are told by name, the largest part first"
run "$gradus" explain run three.csv
wants_status 0
wants_out 'three.csv, line 2: what spoke for iris'
wants_out '  x1$'
[ "$(grep -c '^  [-+]' out)" -eq 9 ] || complain "not three parts for each of three rows"
awk '/^  / { part = $1 < 0 ? -$1 : $1; if (last != "" && part > last) exit 1; last = part; next } { last = "" }' out ||
    complain "the parts do not fall"
finish

begin "another class is asked for by name"
run "$gradus" explain run three.csv --class tulip --output page.html
wants_status 0
wants_out 'line 2: what spoke for tulip'
wants_file page.html
grep -q 'What spoke for <b>tulip</b>' page.html || complain "the page does not say for what"
finish

begin "a class that is not there"
run "$gradus" explain run three.csv --class daisy
wants_status 2
wants_err "knows no class 'daisy'"
run "$gradus" explain run three.csv --class 7
wants_status 1
wants_err 'label 7 is to be explained, and the network has 0 to 2'
finish

begin "a layer without places"
run "$gradus" explain run three.csv --layer fc1
wants_status 1
wants_err "expected (batch, channels, rows, columns)"
finish

begin "a map over pictures"
printf '\0\0\10\3\0\0\0\6\0\0\0\10\0\0\0\10' >images
awk 'BEGIN { for (i = 0; i < 384; i++) printf "%c", 33 + (i * 7) % 90 }' >>images
printf '\0\0\10\1\0\0\0\6\0\1\2\0\1\2' >labels
cat >picture.yaml <<'RECIPE'
data:
  train: {idx: [images, labels]}
model: [{conv2d: {filters: 4, kernel: 3}}, relu, flatten, {dense: 3}]
loss: cross_entropy
train: {epochs: 2, batch: 3, threads: 1, directory: pictures}
RECIPE
run "$gradus" train picture.yaml
wants_status 0
run "$gradus" explain pictures images --output page.html
wants_status 0
[ "$(grep -c 'what spoke for' out)" -eq 6 ] || complain "not six pictures"
[ "$(grep -o 'data:image/png' page.html | wc -l)" -ge 20 ] || complain "the page lacks pictures"
finish
