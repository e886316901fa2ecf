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
check 10_health '^  gradients vanish: layer 1 has .*e-0[5-9] of the gradient of layer 11'
check 11_own_loss '^log_cosh: [0-9.]+ before any training$' "$source/examples/tour/pendulum.yaml"
check 12_own_loop '^epoch 15  loss 0\.0[0-9]+, gradient norm [0-9.]+, validation 0\.0'
check 13_gan '^round 2000  judge .*, mean of the forged (2\.[5-9]|3\.[0-4])'
check 16_sequences '^right after (4[5-9]|50) of 50 steps$'
check 15_weights '^2 loaded, 2 missing, 2 unused$' "$work/weights.safetensors"
check 15_weights '^2 variables trained, loss 0\.0' "$work/weights.safetensors"
check 17_own_layer '^0 of 32 answers differ after loading$' "$work/bend.safetensors"
check 17_own_layer '^the gradient of the slopes is right$' "$work/bend.safetensors"
# Sanitizers keep freed memory for a while.
grew='less'
if grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$GRADUS_BUILD/CMakeCache.txt"; then grew='(less|more)'; fi
check 18_batch_sizes "^300 calls of many sizes took $grew than 50 MB"
check 19_shapes '^two inputs, two outputs: loss [1-9].*, then 0\.[0-4]'
check 19_shapes '^one tower twice: loss [01]\..*, then 0\.0'
check 20_progress '^ended: training was stopped after step [0-9]+ of '
check 25_series '^model +mean absolute error +[0-9.]+  MASE 0\.[0-9]+$'
check 09_threads '^thread 3: the probabilities sum to 1\.000$'

mkdir "$work/figures"
course=(--small --figures "$work/figures")
check 01_perceptron '^pass 6: 0 mistakes, w = \(2, 1\), b = -2$' "${course[@]}"
check 01_perceptron '^a trained hidden layer +0 of 200 wrong$' "${course[@]}"
check 02_neuron '^15 square metres: the line says -29\.3, the neuron 0\.0$' "${course[@]}"
# The houses of Portland, or the generated ones that stand in for them.
check 02_linear '^gradient descent +price = (0\.139211 size -8\.738|1\.244002 size \+39\.510)' "${course[@]}"
check 03_logistic '^dw as matrices:  1\.151866336  1\.003042246$' "${course[@]}"
check 03_vectorised '^carbohydrates +94\.9% +0\.0% +2\.8% +88\.4%$' "${course[@]}"
check 04_graph '^backward:   dJ/dJ = 1  dJ/dv = 3  dJ/du = 3  dJ/da = 3  dJ/db = 6  dJ/dc = 9$' "${course[@]}"
check 04_graph '^ +0\.008040473948 +0\.008040473948$' "${course[@]}"
check 05_hidden_layer '^ 3 tanh units: 88\.25%$' "${course[@]}"
check 06_deep '^  step    0  cost 0\.(771749|692340)$' "${course[@]}" # the cats, or the flower that stands in for them
check 07_initialisation '^large \(x 10\) +0\.611[0-9]+ +61\.00% +58\.00%$' "${course[@]}"
check 07_initialisation '^relu +He +1\.0e\+00 +7\.0e-01 +3\.1e\+00 +1\.0e\+00$' "${course[@]}"
check 08_gradient_check '^  gd_check_gradients  0\.28509' "${course[@]}"
check 09_descent '^ +32 +8 +11% +1\.145 +4\.7946 +0\.1448 +0\.00011 +0\.00032$' "${course[@]}"
check 09_rules '^RMSprop +0\.6387 +0\.0004 +0\.0000$' "${course[@]}"
check 09_moons '^Adam +0\.690552  0\.185567 +93\.00%$' "${course[@]}"
check 10_beyond '^  L-BFGS: [34]. iterations, .* the gradient is small enough$|without liblbfgs' "${course[@]}"
check 10_lasso '^FISTA +6\.2e-01 +1\.3e-04 +186 +8 of 8$' "${course[@]}"
check 10_bayesian '^   11 +0\.758. +-6\.02.. +-6\.02..$' "${course[@]}"
check 11_classifiers '^hinge loss +2\.9 +0 +12\.9$' "${course[@]}"
check 11_fashion '^losses differ by at most [0-9]e[-+](0[5-9]|1|00)' "${course[@]}" # Fashion-MNIST or clouds of points
check 12_polynomial '^degree  3 +0\.960 +1\.065 +1\.069$' "${course[@]}"
check 12_overfitting '^L2 0\.7 +2000 +(0\.928910 0\.935|0\.905213 0\.865) ' "${course[@]}" # the kicks or half moons
check 13_search '^grid +4 +0\.01359$' "${course[@]}"
check 13_search '^0\.1 to 1 +89\.5% +25\.1%$' "${course[@]}"
check 13_network '^halving +90 +0\.3[0-9]+ ' "${course[@]}"
check 13_network '^the loss falls fastest at 0\.[0-9]+, is smallest at 0\.[0-9]+: try 0\.0[0-9]+$' "${course[@]}"
# Fashion-MNIST or clouds of points. Where all units are kept, so is the accuracy.
check 14_hidden_units '^ +8 +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+%$' "${course[@]}"
check 14_pruning '^ 128 of 128 +([0-9.]+%) +\1 +\1 ' "${course[@]}"
check 14_pruning '^ +8 +[0-9.]+% +[0-9.]+% +[0-9.]+%$' "${course[@]}"
check 16_residual '^ +4  residual +9690 ' "${course[@]}"
check 17_sequences '^LSTM, forget gate open +[89]e-01 +[89]e-01 +1e\+00 +[0-9]e\+00  x 1\.0[0-9]$' "${course[@]}"
check 17_gates '^bits a character: [0-9.]+ of the net, 3\.[0-9]+ at best$' "${course[@]}"
check 17_attention '^look up +10 +[0-9.]+% +0\.[2-9][0-9]+$' "${course[@]}"
check 15_depth '^   8 +14 \(0\) +128 \(0\) +8 \(0\)$' "${course[@]}"

if [ ! -d "${GRADUS_DATA:-/usr/share/datasets}/fashion-mnist" ] && [ ! -d /usr/share/datasets/fashion-mnist ]; then
    echo 'skip 04_fashion_cnn: no Fashion-MNIST here (Debian: dataset-fashion-mnist)'
else
    check 04_fashion_cnn '^epoch 1  loss [0-9.]+  test loss [0-9.]+  test accuracy 0\.' 1 256
fi
