#!/usr/bin/env bash
# Files that are not what they should be: one clear sentence, exit status 1, nothing half-written.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
make_idx images labels 120
make_idx_recipe picture.yaml

# changed FILE SED-SCRIPT: bad.yaml, made from FILE.
changed() { sed "$2" "$1" >bad.yaml; }
# A training that must end with a sentence and leave no run behind.
fails() {
    local name=$1 sentence=$2
    shift 2
    begin "$name"
    rm -rf runs
    run "$gradus" train "$@"
    wants_status 1
    wants_sentence "$sentence"
    [ -z "$(find . -name '*.safetensors' -o -name '*.html')" ] || complain "files were written"
    finish
}

# ---- Recipes
fails "a recipe that is not there" "nowhere.yaml: cannot be opened: No such file or directory" nowhere.yaml
fails "a misspelt setting" "setting 'train.epoch=3': unknown key in train: 'epoch', did you mean 'epochs'?" \
    net.yaml train.epoch=3
fails "a setting of the wrong kind" \
    "setting 'train.epochs=many': 'epochs' is 'many', expected a whole number from 1 to 1000000000" net.yaml train.epochs=many
changed picture.yaml 's/- relu/- rleu/'
fails "an unknown layer" "bad.yaml:8: unknown layer 'rleu', did you mean 'relu'?" bad.yaml
changed picture.yaml 's/epochs: 6/epoch: 6/'
fails "a misspelt key" "bad.yaml:14: unknown key in train: 'epoch', did you mean 'epochs'?" bad.yaml
changed picture.yaml 's/filters: 4/filters: four/'
fails "a word where a number was due" "bad.yaml:7: 'filters' is 'four', expected a whole number from 1 to 10000000" bad.yaml
changed picture.yaml 's/- dense: 3/- dense: 4/'
fails "a last layer that does not fit the classes" \
    "bad.yaml:11: the last layer gives 4 outputs, the data has 3 classes: top, middle, bottom" bad.yaml
begin "a recipe that is not YAML"
printf 'data: [1, 2\nmodel' >bad.yaml
run "$gradus" train bad.yaml
wants_status 1
wants_err '^gradus: bad.yaml:[23]'
finish

# ---- Data
changed picture.yaml 's/images,/nothing,/'
fails "a data file that is not there" "bad.yaml:2: the file 'nothing' was not found: looked beside the \
recipe ('.'), in the current directory, in \$GRADUS_DATA (not set) and in /usr/share/datasets/*" bad.yaml
changed picture.yaml 's/images,/short,/'
head -c 1000 images >short
fails "an IDX file that is too short" "short: the header says [120,8,8], which is 7680 bytes, but 984 follow" bad.yaml
: >short
fails "an empty IDX file" "short: ends within its header: 0 of 4 bytes are there" bad.yaml
changed picture.yaml 's/images,/images.gz,/'
gzip -c images | head -c 200 >images.gz
begin "a truncated .gz"
run "$gradus" train bad.yaml
wants_status 1
wants_err '^gradus: images.gz: .*\(cut\|trunc\|ends\|end\)'
finish
changed picture.yaml 's/labels\]/few]/'
{
    echo 0 0 8 1 0 0 0 100 | bytes
    tail -c 100 labels
} >few
begin "fewer labels than pictures"
run "$gradus" train bad.yaml
wants_status 1
wants_err '120.*100\|100.*120'
finish
changed net.yaml 's/flowers/rows/'
{
    cat flowers.csv
    echo 1,2,3
} >rows.csv
fails "a ragged row" "rows.csv: line 152 has 3 fields, the header has 4" bad.yaml
{
    cat flowers.csv
    echo 1,two,3,rose
} >rows.csv
fails "text where a number was due" \
    "rows.csv: column 'x2' holds numbers and texts: 0.2993 on line 2, 'two' on line 152; \`missing_words\` if it stands for a missing cell, \`categories: [x2]\` if all cells are texts, or \`ignore\`" bad.yaml
{
    cat flowers.csv
    echo 1,,3,rose
} >rows.csv
fails "an empty cell" \
    "rows.csv: line 152, column 'x2': the cell is empty; \`missing\` says what becomes of such cells: mean, median, constant or drop" bad.yaml
head -n 1 flowers.csv >rows.csv
fails "a table without rows" "rows.csv: has no rows of data" bad.yaml
fails "a column that is not there" "flowers.csv: has no column 'sort' among its 4" net.yaml data.csv.target=sort
fails "a batch larger than the data" "a batch of 1000 samples is larger than the data set, which has 90" \
    net.yaml train.batch=1000

# ---- Numbers
begin "a loss that becomes NaN"
rm -rf runs
run "$gradus" train net.yaml optimizer.adam.learning_rate=1e28 train.epochs=50
wants_status 1
wants_err '^gradus: .*step'
finish

# ---- Checkpoints
rm -rf runs
run "$gradus" train picture.yaml --quiet
refuses "a recipe without a run" 1 \
    "net.yaml has not been trained: there is no checkpoint in runs/net; \`gradus train net.yaml\` makes one" \
    "$gradus" eval net.yaml
refuses "a directory without a run" 1 "the directory . holds no checkpoint (best.safetensors or last.safetensors)" \
    "$gradus" eval .
refuses "training a directory" 1 ". is a directory: give a recipe, or --resume to go on with the run in it" \
    "$gradus" train .
refuses "nothing to resume" 1 "the directory . holds no last.safetensors, so there is nothing to resume" \
    "$gradus" train --resume .
refuses "nothing to resume, by recipe" 1 \
    "there is no checkpoint in elsewhere to resume; without --resume the training starts anew" \
    "$gradus" train --resume picture.yaml train.directory=elsewhere
for bytes in 1500 40 4 0; do
    for command in eval "train --resume" info; do
        begin "$command of a checkpoint cut to $bytes bytes"
        head -c $bytes runs/picture/last.safetensors >cut.safetensors
        # shellcheck disable=SC2086  # a command and its option
        run "$gradus" $command cut.safetensors
        wants_status 1
        wants_err '^gradus: cut.safetensors: '
        finish
    done
done
begin "a checkpoint cut before its last byte"
head -c -1 runs/picture/last.safetensors >cut.safetensors
run "$gradus" eval cut.safetensors
wants_status 1
wants_err '^gradus: cut.safetensors: '
finish
run "$gradus" train net.yaml --quiet
cp runs/net/last.safetensors runs/picture/last.safetensors
begin "a checkpoint of another model"
run "$gradus" train --resume picture.yaml
wants_status 1
wants_err '^gradus: runs/picture/last.safetensors cannot go on so: data.train is idx, not csv; '
finish
refuses "weights that fit nowhere" 1 "runs/net/last.safetensors: none of its 4 tensors fits the model by name and \
shape: runs/net/last.safetensors has no 'conv1.weight', which the model wants; the nearest there: 'fc1.weight' [16,3]" \
    "$gradus" train picture.yaml --init runs/net/last.safetensors

# A checkpoint of 400 bytes whose recipe asks for a network of 4 GB.
begin "a network that is not in its file"
header='{"__metadata__":{"gradus.recipe":"data: {train: {csv: a.csv}, csv: {target: y}}\nmodel: [{dense: 1000}, {dense: 2}]\nloss: softmax_cross_entropy\n","gradus.preprocess":"{\"fields\": [], \"csv\": null}","gradus.fields":"{\"fields\": [{\"name\": \"x\", \"type\": \"f32\", \"shape\": [1000000], \"classes\": 0}, {\"name\": \"label\", \"type\": \"i32\", \"shape\": [], \"classes\": 2}], \"class_names\": []}"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
length=${#header}
{
    echo "$((length % 256)) $((length / 256)) 0 0 0 0 0 0" | bytes
    printf '%s\0\0\0\0' "$header"
} >tiny.safetensors
(
    # A sanitizer needs address space of its own.
    grep -q '^GRADUS_SANITIZE:[A-Z]*=.' "$(dirname "$gradus")/CMakeCache.txt" 2>/dev/null || ulimit -v 2000000
    run "$gradus" info tiny.safetensors
    wants_status 1
    wants_err "the network has 1000000000 numbers, more than the 1025 that there may be"
    finish
)

# ---- Files to evaluate and to predict
refuses "predicting a file that is not there" 1 "the file 'nowhere' is not there" "$gradus" predict runs/picture nowhere
refuses "predicting another kind of data" 1 "the network has an input 'image', but the data set has only: 'x'" \
    "$gradus" predict runs/picture flowers.csv
refuses "evaluating without labels" 1 "images has no 'label' to compare with; \`gradus predict\` needs none" \
    "$gradus" eval runs/picture --data images
refuses "a part that the recipe has not" 1 "the recipe in runs/picture/best.safetensors names no validation data; \
--data FILE names other data" "$gradus" eval runs/picture --part validation
{
    head -c 127 labels
    echo 7 | bytes
} >wrong
refuses "a label out of range" 1 "field 'label', images, row 120: label 7 lies outside 0 to 2" \
    "$gradus" eval runs/picture --data images --data wrong
