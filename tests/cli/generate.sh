#!/usr/bin/env bash
# Language models: trained on windows and on streams of a tiny text, stopped and resumed, and writing.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
for _ in $(seq 100); do echo "the cat sat on the mat. a dog"; done >text.txt
gzip -k text.txt
recipe() { # the source, the layers between, the batch, the run
    cat <<RECIPE
data:
  train: {text_windows: {files: text.txt.gz, length: 8, to: 0.9, $1}}
  validation: {text_windows: {files: text.txt, from: 0.9}}
model: [{embedding: {words: $5, width: 16}}, {$2}, {dense: $5}]
loss: cross_entropy
metrics: [perplexity, bits_per_token, accuracy]
optimizer: {adam: {learning_rate: 1e-2}}
train: {epochs: 4, batch: $3, clip_norm: 1, threads: 1, directory: $4}
RECIPE
}
recipe 'streams: true' 'lstm: {units: 32, carry: true}' 4 streams 15 >streams.yaml
recipe 'random: true' 'positional: learned}, {attention: {heads: 2, causal: true}' 6 windows 15 >windows.yaml
recipe 'streams: true, tokens: words, split_at_blanks: true, end_of_line: true' 'gru: {units: 32, carry: true}' 2 words 9 \
    >words.yaml
sed -i 's/length: 8, to/length: 5, to/' words.yaml

for kind in streams windows words; do
    begin "$kind: a model is trained"
    run "$gradus" train $kind.yaml
    wants_status 0
    finish

    begin "$kind: it writes what it read, the same for the same seed"
    run "$gradus" generate $kind --prompt 'the cat' -n 60 --seed 3
    wants_status 0
    wants_out '^the cat'
    cp out first
    run "$gradus" generate $kind --prompt 'the cat' -n 60 --seed 3
    cmp -s out first || complain "another text for the same seed"
    run "$gradus" generate $kind --prompt 'the cat' -n 20 --greedy
    wants_status 0
    wants_out '^the cat sat on'
    finish
done

begin "a training that was stopped goes on with the states that it carried"
sed 's/directory: streams/directory: halves/' streams.yaml >halves.yaml
run "$gradus" train halves.yaml train.steps=50
wants_status 0
run "$gradus" train --resume halves.yaml
wants_status 0
cut -d, -f1-6 streams/history.csv >whole.csv
cut -d, -f1-6 halves/history.csv | tail -n 1 | cmp -s - <(tail -n 1 whole.csv) ||
    complain "the last epoch is another than that of the run that was not stopped"
finish

begin "what is refused"
run "$gradus" generate streams --temperature 0
wants_status 2
run "$gradus" generate text.txt
wants_status 1
cat >rows.csv <<'ROWS'
a,kind
1,x
2,y
3,x
4,y
ROWS
cat >plain.yaml <<'RECIPE'
data: {train: {csv: rows.csv}, csv: {target: kind}}
model: [{dense: 2}]
loss: cross_entropy
train: {epochs: 1, batch: 2, directory: plain}
RECIPE
run "$gradus" train plain.yaml
run "$gradus" generate plain
wants_status 1
wants_err 'no next token at each place'
sed 's/length: 8/length: 8000/' streams.yaml >long.yaml
run "$gradus" train long.yaml
wants_status 1
wants_err 'tokens are too few'
finish
