#!/usr/bin/env bash
# Runs the programs of examples/ on tiny sizes and looks at what they print.
set -uo pipefail
programs=${GRADUS_BUILD:?the build directory}/examples
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Runs a program; its output must match the pattern.
check() { # name pattern argument…
    local name=$1 pattern=$2
    shift 2
    if "$programs/$name" "$@" >"$work/log" 2>&1 && grep -Eq "$pattern" "$work/log"; then
        echo "ok $name"
    else
        echo "not ok $name: expected $pattern"
        sed 's/^/# /' "$work/log"
    fi
}

check 01_graph '^J = 33, dJ/da = 3, dJ/db = 6, dJ/dc = 9$'
check 02_linear_regression '^y = 2\.0. x \+ (1\.0.|0\.99)$'
check 03_mlp_from_ops '^step 500  loss 0\.00'
check 05_custom_op 'slope 0\.444444 \(central difference 0\.444444\), curvature -0\.592593'
check 07_recipe '^epoch 2  loss ' "$source/examples/tour/pendulum.yaml" train.epochs=2 "train.directory=$work/pendulum"
check 06_predict '^0:  [12]\.' "$work/pendulum/last.safetensors" "$source/examples/tour/pendulum.csv"
check 08_errors 'x is \[batch,3,32,32\], weight expects 4 input channels'
check 09_threads '^thread 3: the probabilities sum to 1\.000$'

if [ ! -d "${GRADUS_DATA:-/usr/share/datasets}/fashion-mnist" ] && [ ! -d /usr/share/datasets/fashion-mnist ]; then
    echo 'skip 04_fashion_cnn: no Fashion-MNIST here (Debian: dataset-fashion-mnist)'
else
    check 04_fashion_cnn '^epoch 1  loss [0-9.]+  test loss [0-9.]+  test accuracy 0\.' 1 256
fi
