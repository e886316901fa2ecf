#!/usr/bin/env bash
# What is similar, as a network sees it: an index that is made, grown and asked.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
awk 'BEGIN {
    print "a,b,c,kind"
    for (i = 0; i < 90; i++)
        printf "%d,%d,%d,%s\n", i % 3 == 0 ? 50 + i % 7 : i % 5, i % 3 == 1 ? 60 + i % 5 : i % 7, i % 11,
            i % 3 == 0 ? "red" : i % 3 == 1 ? "green" : "blue"
}' >rows.csv
(head -n 1 rows.csv && sed -n '2,31p' rows.csv) >some.csv
(head -n 1 rows.csv && sed -n '2,4p' rows.csv) >query.csv
cat >net.yaml <<'RECIPE'
data:
  train: {csv: rows.csv}
  csv: {target: kind}
  scale: standardize
model: [{dense: 8, as: hidden}, tanh, {dense: 3}]
loss: cross_entropy
train: {epochs: 5, batch: 10, threads: 1, directory: run}
RECIPE

begin "an index is made of samples"
run "$gradus" train net.yaml
wants_status 0
run "$gradus" similar run --index rows.index --add some.csv
wants_status 0
wants_err '30 of 30 samples of some.csv are new; 30 in all'
finish

begin "it grows by what is new"
run "$gradus" similar run --index rows.index --add some.csv --add rows.csv
wants_status 0
wants_err '90 of 90 samples of rows.csv are new; 120 in all'
finish

begin "the nearest to a row is the row itself"
run "$gradus" similar run --index rows.index --query query.csv --nearest 2
wants_status 0
wants_out 'query.csv, line 2'
wants_out '1.0000  some.csv, line 2'
wants_out '1.0000  rows.csv, line 2'
finish

begin "JSON"
run "$gradus" similar run --index rows.index --query query.csv --nearest 1 --json
wants_status 0
wants_out '"similarity": 1'
wants_out '"query": "query.csv, line 4'
finish

begin "a page of them"
run "$gradus" similar run --index rows.index --query query.csv --nearest 2 --page page.html
wants_status 0
grep -q '<h2>query.csv, line 3</h2>' page.html && grep -q 'rows.csv, line 3</figcaption>' page.html ||
    complain "the page lacks a question or its neighbour"
run "$gradus" similar run --index rows.index --query query.csv --nearest 200 --page page.html
wants_status 1
wants_err 'expected 1 to 100'
finish

begin "another layer is another index"
run "$gradus" similar run --index rows.index --query query.csv --layer hidden
wants_status 1
wants_err 'another network or layer'
finish

begin "no such layer"
run "$gradus" similar run --index rows.index --query query.csv --layer hiden
wants_status 1
wants_err "no layer 'hiden'"
finish

begin "a file that is no index"
run "$gradus" similar run --index rows.csv --query query.csv
wants_status 1
wants_err 'no index'
finish

begin "without a question"
run "$gradus" similar run --index rows.index
wants_status 2
wants_err 'nothing is asked'
finish
