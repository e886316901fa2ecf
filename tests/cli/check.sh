#!/usr/bin/env bash
# Gradients and health of networks, and more or fewer units in one.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
make_idx images labels 120
make_idx_recipe picture.yaml

# ---- Gradients
begin "gradients of dense layers, with dropout"
run "$gradus" check net.yaml --elements 0
wants_status 0
wants_silence
wants_out '^parameter  *shape  checked  relative error  verdict$'
wants_out '^fc1.weight  *\[16,3\]  *48  *[0-9.e-]*  right'
wants_out '^fc2.bias  *\[3\]  *3  *[0-9.e-]*  right'
wants_out '^Gradients of the loss (4 parameters, 4 samples, double precision)'
finish

begin "gradients of a batch norm, where those of the bias before it are zero"
sed 's/  - relu/  - batch_norm\n  - relu/' net.yaml >norm.yaml
run "$gradus" check norm.yaml
wants_status 0
wants_out '^fc1.bias  *\[16\]  *16  *[0-9.e+-]*  right'
wants_out '^bn1.weight '
finish

begin "gradients of convolutions, as JSON"
run "$gradus" check picture.yaml --json --batch 2
wants_status 0
wants_out '^  "samples": 2,$'
wants_out '^      "parameter": "conv1.weight",$'
wants_out '^      "checked": 20,$'
wants_no_out '"wrong"'
finish

# ---- Health
begin "a network in good health"
run "$gradus" check net.yaml --health
wants_status 0
wants_silence
wants_out '^layer  *mean  *deviation  *zeros  *dead  *saturated  *gradient  *weights  *their gradients  *step$'
wants_out '^relu1  *[0-9.]*  *[0-9.]*  *[0-9]*%  *[0-9]*%  *[0-9.e-]* *$'
wants_out '^Nothing is wrong\.$'
finish

begin "health of convolutions"
run "$gradus" check picture.yaml --health
wants_status 0
wants_out '^conv1 '
wants_no_out '^flatten'
wants_out '^maxpool2d1 '
finish

# deep KIND INIT: ten layers of one kind.
deep() {
    local layers=''
    for _ in 1 2 3 4 5 6 7 8 9 10; do layers+="  - dense: {units: 20, init: $2}\n  - $1\n"; done
    sed "s/^  - dense: 16/@/; /^  - relu/d; /^  - dropout/d; s/^@/$layers/" net.yaml | sed 's/^\(  - dense: .*\)$/\1/' >deep.yaml
}

begin "sigmoids whose gradients vanish"
deep sigmoid xavier_normal
run "$gradus" check deep.yaml --health
wants_status 1
wants_silence
wants_out '^gradients vanish: fc1 has [0-9.]*e-[0-9]* of the gradient of fc11; '
wants_out 'he_normal'
finish

begin "large weights whose gradients explode, as JSON"
deep relu "{normal: {scale: 1}}"
run "$gradus" check deep.yaml --health --json
wants_status 1
wants_out '^      "illness": "exploding",$'
wants_out '^      "layer": "fc1",$'
wants_out '^      "help": "'
finish

begin "weights that start at zero"
sed 's/dense: 16/dense: {units: 16, init: zeros}/; s/dense: 3/dense: {units: 3, init: zeros}/' net.yaml >zeros.yaml
run "$gradus" check zeros.yaml --health
wants_status 1
wants_out '^the weights of fc1 are symmetric: its units have equal weights and get equal gradients'
finish

begin "a learning rate that is far too large"
run "$gradus" check net.yaml --health optimizer.adam.learning_rate=5
wants_status 1
wants_out "^one step moves fc2's weights by 31 times their size; about 0.1% is good"
finish

begin "a figure of the layers"
run "$gradus" check net.yaml --health --figure health.html
if grep -q 'built without' err; then
    skip "a figure of the layers: no Vega"
else
    wants_status 0
    wants_file health.html
    finish
fi

refuses "--figure without --health" 2 "--figure draws the layers' health: it needs --health" \
    "$gradus" check net.yaml --figure health.html
refuses "--elements with --health" 2 "--elements is about gradients: it cannot be given with --health" \
    "$gradus" check net.yaml --health --elements 3

# ---- Units
"$gradus" train net.yaml --quiet --no-report >/dev/null || exit 1
begin "fewer units"
run "$gradus" prune runs/net --layer fc1 --keep 8 --output small.safetensors
wants_status 0
wants_silence
wants_out '^fc1: 8 units, 16 before; the network has 59 parameters, 115 before$'
run "$gradus" eval small.safetensors
wants_status 0
wants_out '^small.safetensors on test: 30 samples'
run "$gradus" info small.safetensors
wants_out '^dense  *fc1  *\[1,8\]'
run "$gradus" train small.safetensors train.directory=runs/small train.epochs=2
wants_status 0
wants_out '^test (best weights, epoch [0-9]*):  loss [0-9.]*  accuracy \(0.[89][0-9]*\|1.000\)$'
finish

for way in "" --split; do
    begin "more units say the same $way"
    "$gradus" predict runs/net flowers.csv >first
    # shellcheck disable=SC2086  # no option, or one
    run "$gradus" grow runs/net --layer fc1 --units 40 --seed 3 $way --output large.safetensors
    wants_status 0
    wants_out '^fc1: 40 units, 16 before; '
    "$gradus" predict large.safetensors flowers.csv >second
    paste -d, first second | awk -F, 'NR > 1 { for (i = 3; i < 6; i++) if (($i - $(i + 5)) ^ 2 > 1e-10) exit 1 }' ||
        complain "the predictions differ"
    [ "$(wc -l <second)" -eq 151 ] || complain "not 150 predictions"
    finish
done

refuses "more units by pruning" 1 "fc1 has 16 units: 20 are not fewer" \
    "$gradus" prune runs/net --layer fc1 --keep 20 --output x.safetensors
refuses "fewer units by growing" 1 "fc1 has 16 units: 16 are not more" \
    "$gradus" grow runs/net --layer fc1 --units 16 --output x.safetensors
refuses "a layer that is not there" 1 \
    "runs/net/best.safetensors has no dense layer 'fc7'; its dense layers: 'fc1', 'fc2'" \
    "$gradus" prune runs/net --layer fc7 --keep 2 --output x.safetensors
refuses "the last layer" 1 "'fc2' is the last dense layer: the data fixes its number of units" \
    "$gradus" prune runs/net --layer fc2 --keep 2 --output x.safetensors
refuses "no layer" 2 "'prune' needs --layer" "$gradus" prune runs/net --keep 2 --output x.safetensors
begin "nothing is written when it fails"
wants_no_file x.safetensors
finish
