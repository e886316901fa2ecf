#!/usr/bin/env bash
# gradus new: what it writes, says and refuses; the recipe trains as it stands.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"

# Rows of a made-up table: three classes, told apart by two numbers and a colour.
awk 'BEGIN {
    srand(1); print "id,long,wide,colour,note,kind"
    for (i = 1; i <= 120; i++) {
        k = i % 3
        printf "%d,%.2f,%s,%s,remark %d,kind %d\n", i, k + rand(), i % 20 == 0 ? "" : sprintf("%.2f", 2 * k + rand()),
            k == 0 ? "red" : i % 2 ? "blue" : "green", i, k
    }
}' >flowers.csv
awk 'BEGIN { srand(2); print "a;b;y"; for (i = 0; i < 80; i++) { a = rand(); b = rand()
    s = sprintf("%.3f;%.3f;%.3f", a, b, 3 * a - b); gsub(/\./, ",", s); print s } }' >comma.csv
awk 'BEGIN { srand(3); print "when,x,answer"; for (i = 0; i < 90; i++) { x = rand()
    printf "2026-%02d-%02d,%.3f,%d\n", i % 12 + 1, i % 28 + 1, x, (x > 0.5) } }' >answers.csv

begin "a table of classes"
run "$gradus" new flowers.csv
wants_status 0
wants_silence
wants_out "flowers.yaml predicts 'kind' (3 different texts: classes)"
wants_out 'gradus train flowers.yaml'
run cat flowers.yaml
wants_out '#   id  *left out  it counts the rows'
wants_out '#   note  *left out  120 different texts in 120 rows'
wants_out '#   wide  *number  .*; 6 missing'
wants_out '#   colour  *category  3 categories'
wants_out 'missing: median'
wants_out 'ignore: \[id, note\]'
wants_out 'stratify: true'
wants_out 'loss: softmax_cross_entropy'
run "$gradus" train flowers.yaml --quiet
wants_status 0
finish

begin "numbers, with a decimal comma"
run "$gradus" new comma.csv
wants_status 0
wants_out "predicts 'y' (numbers from .*: regression)"
run cat comma.yaml
wants_out 'decimal: comma'
wants_out 'loss: squared_error'
run "$gradus" train comma.yaml --quiet
wants_status 0
finish

begin "yes or no, with dates"
run "$gradus" new answers.csv
wants_status 0
run cat answers.yaml
wants_out 'dates: \[when\]'
wants_out 'target_is_class: true'
wants_out 'loss: logistic'
run "$gradus" train answers.yaml --quiet
wants_status 0
finish

begin "another target, to standard output"
run "$gradus" new flowers.csv --target long --output -
wants_status 0
wants_out 'target: long'
wants_out 'loss: squared_error'
finish

refuses "a recipe that is there" 1 \
    "flowers.yaml is there already: --output names another file, --force writes over it" "$gradus" new flowers.csv
begin "--force writes over it"
run "$gradus" new flowers.csv --force
wants_status 0
finish
refuses "a column that is not there" 1 "the table has no column 'kindd', did you mean 'kind'?" \
    "$gradus" new flowers.csv --target kindd --output x.yaml
refuses "a file that is not there" 1 "nowhere.csv: cannot be opened: No such file or directory" "$gradus" new nowhere.csv
printf 'a,b\n1,2\n3,2\n' >same.csv
refuses "nothing to learn" 1 \
    "the column 'b' holds the same in every row: there is nothing to learn; --target names another" "$gradus" new same.csv
printf 'a,b\n1,2\n3,\n4,5\n' >lacks.csv
refuses "a target with missing cells" 1 \
    "the column 'b' lacks 1 values: leave those rows out of the file, or name another with --target" "$gradus" new lacks.csv

begin "headings may hold anything"
printf 'a: {b}\t"x\ny"\t#z\n' >odd.tsv
awk 'BEGIN { srand(4); for (i = 0; i < 60; i++) printf "%.2f\t%.2f\t%d\n", rand(), rand(), i % 2 }' >>odd.tsv
run "$gradus" new odd.tsv
wants_status 0
run "$gradus" train odd.yaml --quiet
wants_status 0
finish
