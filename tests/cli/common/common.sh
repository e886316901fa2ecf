# shellcheck shell=bash disable=SC2034  # variables are for the tests that read this file
# What the tests of the command share. They use it as a user does: in a directory of their own, looking at exit status,
# standard output and standard error.
set -u
gradus=${GRADUS:?the path of the command}
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset GRADUS_DATA

# A case begins with its name, runs something, says what is wanted, and ends with a line "ok" or "not ok".
case_name='' complaints=''
begin() {
    case_name=$1
    complaints=''
}
complain() { complaints+="# $1"$'\n'; }
finish() {
    if [ -z "$complaints" ]; then
        echo "ok $case_name"
    else
        echo "not ok $case_name"
        printf '%s' "$complaints"
        head -n 20 out err 2>/dev/null | sed 's/^/#   /'
    fi
}
skip() { echo "skip $1"; }

# Who starts the tests in the background of a script has Ctrl-C ignored, and so has all that they start: before a command
# that is to be stopped so, this undoes it where it can be undone.
undeaf=()
if env --default-signal=INT true 2>/dev/null; then undeaf=(env --default-signal=INT); fi

# Runs a command; leaves `status` and the files out and err.
run() {
    "$@" >out 2>err </dev/null
    status=$?
}
wants_status() { [ "$status" -eq "$1" ] || complain "exit status $status, expected $1"; }
wants_out() { grep -q -e "$1" out || complain "standard output lacks: $1"; }
wants_no_out() { ! grep -q -e "$1" out || complain "standard output has: $1"; }
wants_err() { grep -q -e "$1" err || complain "standard error lacks: $1"; }
wants_silence() { [ ! -s err ] || complain "standard error is not empty"; }
# The first line of standard error, to the letter.
wants_sentence() {
    local line
    line=$(head -n 1 err)
    [ "$line" = "gradus: $1" ] || complain "standard error says:   $line"$'\n'"# expected:    gradus: $1"
}
wants_file() { [ -s "$1" ] || complain "the file $1 is missing"; }
wants_no_file() { [ ! -e "$1" ] || complain "the file $1 is there"; }
wants_same() { cmp -s "$1" "$2" || complain "$1 and $2 differ"; }
# A case about a wrong command line or a bad file: name, status, sentence, command.
refuses() {
    local name=$1 code=$2 sentence=$3
    shift 3
    begin "$name"
    run "$@"
    wants_status "$code"
    wants_sentence "$sentence"
    finish
}

# ---- Data. Small, the same at every run, and easy to learn.

# make_csv FILE ROWS: three kinds of flowers that differ in x1 and x2.
make_csv() {
    awk -v rows="$2" 'BEGIN {
        print "x1,x2,x3,kind"
        split("iris rose tulip", kind, " ")
        state = 7
        for (i = 0; i < rows; i++) {
            for (j = 0; j < 3; j++) {
                state = (state * 1103515245 + 12345) % 2147483648
                r[j] = state / 2147483648
            }
            k = i % 3
            printf "%.4f,%.4f,%.4f,%s\n", 2 * k + r[0], (k == 1) * 3 + r[1], r[2], kind[k + 1]
        }
    }' >"$1"
}

# Writes bytes given as numbers.
bytes() {
    local text
    text=$(awk '{ for (i = 1; i <= NF; i++) printf "\\%03o", $i }')
    # shellcheck disable=SC2059  # the text is made of escapes only
    printf "$text"
}
# make_idx IMAGES LABELS COUNT: pictures of 8x8; the class is the third of the picture that is bright.
make_idx() {
    awk -v count="$3" 'BEGIN {
        printf "0 0 8 3 0 0 0 %d 0 0 0 8 0 0 0 8\n", count
        for (i = 0; i < count; i++) {
            for (p = 0; p < 64; p++) printf "%d ", int(p / 22) == i % 3 ? 200 + (i * 7 + p * 3) % 50 : (i * 5 + p) % 30
            print ""
        }
    }' | bytes >"$1"
    awk -v count="$3" 'BEGIN {
        printf "0 0 8 1 0 0 0 %d\n", count
        for (i = 0; i < count; i++) printf "%d ", i % 3
    }' | bytes >"$2"
}
make_csv_recipe() {
    cat >"$1" <<'RECIPE'
data:
  train: {csv: flowers.csv}
  csv: {target: kind}
  split: {validation: 0.2, test: 0.2}
  scale: standardize
model:
  - dense: 16
  - relu
  - dropout: 0.1
  - dense: 3
loss: softmax_cross_entropy
optimizer: {adam: {learning_rate: 0.02}}
train: {epochs: 8, batch: 16, seed: 3, threads: 1}
RECIPE
}
make_idx_recipe() {
    cat >"$1" <<'RECIPE'
data:
  train: {idx: [images, labels]}
  split: {test: 0.25}
  scale: 255
  classes: [top, middle, bottom]
model:
  - conv2d: {filters: 4, kernel: 3, padding: same}
  - relu
  - maxpool2d: 2
  - flatten
  - dense: 3
loss: softmax_cross_entropy
optimizer: {adam: {learning_rate: 0.01}}
train: {epochs: 6, batch: 16, seed: 1, threads: 1}
RECIPE
}
