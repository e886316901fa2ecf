#!/usr/bin/env bash
# Looking at the data of a recipe before training.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
make_csv flowers.csv 150
make_csv_recipe net.yaml
make_idx images labels 120
make_idx_recipe picture.yaml

begin "data of a table"
run "$gradus" data net.yaml
wants_status 0
wants_silence
wants_out '^net: 90 training samples, 30 for validation, 30 for the test$'
wants_out '^numbers  *role  *type  *missing  *different  *min  *max  *mean  *deviation$'
wants_out '^x1  *input  *f64  *90 '
wants_out '^classes of kind  *train  *validation  *test$'
wants_out '^tulip  *[0-9]* '
wants_out '^first rows  *line 2  '
wants_out '^what the network sees  *line '
finish

begin "pictures as training sees them"
make_idx_recipe augmented.yaml
sed -i 's/^data:/data:\n  transforms: [{flip: horizontal}, {crop: 1}]/' augmented.yaml
run "$gradus" data augmented.yaml --sheet sheet.html
wants_status 0
wants_out '^sheet  *sheet.html$'
[ "$(grep -c '<tr>.*data:image/png' sheet.html)" = 11 ] || complain "sheet.html has not 11 rows of pictures"
finish

begin "data of pictures"
run "$gradus" data picture.yaml
wants_status 0
wants_silence
wants_out '^picture: 90 training samples, 30 for the test$'
wants_out '^image \[1,8,8\]  *input  *u8 '
wants_out '^classes of label  *train  *test$'
finish

begin "settings and rows"
run "$gradus" data net.yaml data.split.test=0.4 --rows 2
wants_out '^net: 60 training samples, 30 for validation, 60 for the test$'
wants_out '^first rows  *line [0-9]*  *line [0-9]*$'
run "$gradus" data net.yaml --rows 0
wants_status 0
wants_no_out '^first rows'
finish

# What the network is does not matter, for that is when one looks at the data.
begin "a recipe whose network is wrong, or missing"
sed '/^model:/,$d' net.yaml >only-data.yaml
run "$gradus" data only-data.yaml
wants_status 0
wants_out '^only-data: 90 training samples'
run "$gradus" data net.yaml 'model=[conv2d: {filters: 4, kernel: 3}]'
wants_status 0
finish

begin "data --json"
run "$gradus" data net.yaml --json
wants_status 0
wants_silence
if command -v python3 >/dev/null; then
    python3 - out <<'PYTHON' || complain "not the JSON that was expected"
import json, sys
data = json.load(open(sys.argv[1]))
assert data["samples"] == {"train": 90, "validation": 30, "test": 30}
columns = {column["name"]: column for column in data["columns"]}
x1 = columns["x1"]
assert x1["kind"] == "numbers" and x1["role"] == "input"
for part, count in data["samples"].items():
    assert x1["parts"][part]["count"] == count
    assert sum(x1["parts"][part]["histogram"]) == count
target = [column for column in data["columns"] if column["role"] == "target"]
assert len(target) == 1 and target[0]["kind"] == "category"
assert sorted(c["name"] for c in target[0]["categories"]) == ["iris", "rose", "tulip"]
assert sum(c["train"] for c in target[0]["categories"]) == 90
assert len(data["first_rows"]["rows"]) == 5 and len(data["network_sees"]["rows"]) == 5
PYTHON
fi
finish

begin "warnings"
awk -F, -v OFS=, '{ print NR == 1 ? "id" : 1000 + NR, $0, NR == 1 ? "copy" : $4 "-ish", NR == 1 ? "same" : 3 }' \
    flowers.csv >wrong.csv
run "$gradus" data net.yaml 'data.train={csv: wrong.csv}'
wants_status 0
wants_out "'id' changes by 1 from each row to the next"
wants_out "'copy' gives the target '.*' away"
wants_out "'same' is '3' in every sample"
run "$gradus" data net.yaml 'data.train={csv: wrong.csv}' --json
wants_out '"kind": "equals-target"'
wants_out '"kind": "id-like"'
wants_out '"kind": "constant"'
finish

begin "the same rows in two parts"
run "$gradus" data net.yaml 'data.test={csv: flowers.csv}' data.split.test=0
wants_status 0
wants_out 'samples of the test part are in the training part, too'
finish

begin "a page"
run "$gradus" data net.yaml --report page.html
wants_status 0
wants_out '^report  page.html$'
wants_file page.html
grep -q '<h2>Class balance</h2>' page.html || complain "the page has no class balance"
grep -q 'data-spec="chart-' page.html || grep -q 'no chart library' page.html || complain "the page has no histograms"
run "$gradus" data picture.yaml --report picture.html
wants_file picture.html
finish

begin "a page that cannot be written"
run "$gradus" data net.yaml --report nowhere/page.html
wants_status 1
wants_err '^gradus: .*nowhere/page.html'
finish

refuses "a recipe that is not there" 1 "no.yaml: cannot be opened: No such file or directory" "$gradus" data no.yaml
begin "data that is not there"
run "$gradus" data net.yaml 'data.train={csv: no.csv}'
wants_status 1
wants_err '^gradus: .*no.csv'
finish
begin "a recipe without data"
sed '1,/scale:/d' net.yaml >no-data.yaml
run "$gradus" data no-data.yaml
wants_status 1
wants_err '^gradus: no-data.yaml: .*data'
finish
refuses "too many rows" 2 "--rows is '1000', expected a whole number from 0 to 100" "$gradus" data net.yaml --rows 1000
