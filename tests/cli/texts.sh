#!/usr/bin/env bash
# Texts: from a table to a class, and back; texts that are empty or no UTF-8.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
awk 'BEGIN {
    srand(3)
    print "label\ttext"
    for (i = 0; i < 300; i++) {
        line = ""
        for (k = 0; k < 3 + i % 9; k++)
            line = line "w" int(rand() * 40) " "
        print (i % 2 ? "good" : "bad") "\t" line (i % 2 ? "fine" : "awful") " end"
    }
}' >reviews.tsv
cat >net.yaml <<'RECIPE'
data:
  train: {csv: reviews.tsv}
  split: {validation: 0.2, seed: 1}
  csv: {target: label, text: [text]}
  transforms:
    - tokens: {kind: words, lower: true, ngrams: 2, buckets: 500}
model:
  - embedding: {words: 600, width: 8}
  - over_time: mean
  - dense: 1
loss: logistic
metrics: [accuracy]
optimizer: {adam: 0.03}
train: {epochs: 5, batch: 16, seed: 1, threads: 1, directory: run}
RECIPE

begin "a class is learned from texts"
run "$gradus" train net.yaml
wants_status 0
wants_out 'accuracy 1.000'
finish

begin "info closes what is open"
run "$gradus" info net.yaml
wants_status 0
wants_out 'samples of 100 steps each'
finish

begin "new texts are answered, with words never seen, bytes that are no UTF-8, and nothing at all"
printf 'text\nfine end\nnever seen before \xff\xfe awful end\n""\n' >new.tsv
run "$gradus" predict run new.tsv
wants_status 0
wants_out 'good'
wants_out 'bad'
finish

begin "data are described"
run "$gradus" data net.yaml
wants_status 0
wants_out 'text'
finish
