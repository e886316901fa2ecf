#!/usr/bin/env bash
# One step of training under valgrind's memcheck: tools/valgrind.sh BUILD. Exit status 1 at any error or lost memory.
#
# A tiny convolutional network learns from pictures of noise, on one thread. Valgrind hides AVX-512 from programs, so
# Gradus and oneDNN take their AVX2 code.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/valgrind.sh BUILD}
command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Eight pictures of 8 x 8 as IDX files: a header (type u8, axes, their sizes), then the bytes.
{ printf '\0\0\10\3\0\0\0\10\0\0\0\10\0\0\0\10'; head -c 512 /dev/urandom; } >"$scratch/images"
{ printf '\0\0\10\1\0\0\0\10'; printf '\0\1\2\0\1\2\0\1'; } >"$scratch/labels"
cat >"$scratch/tiny.yaml" <<'RECIPE'
data:
  train: {idx: [images, labels]}
  scale: 255
  classes: [a, b, c]
model:
  - conv2d: {filters: 4, kernel: 3, padding: same}
  - batch_norm
  - relu
  - maxpool2d: 2
  - flatten
  - dense: 8
  - relu
  - dropout: 0.25
  - dense: 3
loss: softmax_cross_entropy
optimizer: {adam: {learning_rate: 1e-3}}
train: {epochs: 1, batch: 8, seed: 1}
RECIPE

export OMP_NUM_THREADS=1 ONEDNN_MAX_CPU_ISA=AVX2 GRADUS_CACHE= NO_COLOR=1
valgrind --quiet --error-exitcode=1 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --num-callers=30 \
    "$build/gradus" train "$scratch/tiny.yaml" --threads 1 "train.directory=$scratch/run" >"$scratch/log" 2>&1 </dev/null
status=$?
if [ $status -ne 0 ]; then
    tail -n 120 "$scratch/log"
    echo "valgrind found errors, or the training failed (status $status)"
    exit 1
fi
tail -n 3 "$scratch/log"
echo "valgrind found no error and no lost memory"
