#!/usr/bin/env bash
# A spreadsheet reads predictions and history as they are: every cell comes back, and none is a formula.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
office=$(command -v soffice) python=$(command -v python3)
if [ -z "$office" ] || [ -z "$python" ]; then
    skip "predictions and history in LibreOffice: LibreOffice or Python is not installed"
    exit
fi

"$python" -c '
import csv
names = ["=1+2", "plain", "a \"quoted\" one", "Ünïcödé ✓", "-5", "@name", "+44 123", "comma, here", "line\nbreak",
         "\tTab", "=HYPERLINK(\"http://x\",\"y\")", "TRUE"]
kinds = ["=rose", "tulip \"x\"", "Ünï"]
with open("in.csv", "w", newline="", encoding="utf-8") as file:
    out = csv.writer(file)
    out.writerow(["name", "x", "kind"])
    for i in range(60):
        out.writerow([names[i % 12] + (" %d" % i if i >= 12 else ""), i / 7, kinds[i % 3]])
'
cat >net.yaml <<'RECIPE'
data: {train: {csv: in.csv}, csv: {target: kind, id: name}, scale: standardize, split: {validation: 0.2}}
model: [{dense: 3}]
loss: softmax_cross_entropy
train: {epochs: 3, batch: 16, threads: 1}
RECIPE

begin "predictions and history in LibreOffice"
run "$gradus" train net.yaml --quiet --no-report
wants_status 0
"$gradus" predict net.yaml in.csv --output predictions.csv
cp runs/net/history.csv .
csv="Text - txt - csv (StarCalc)"
timeout 200 "$office" "-env:UserInstallation=file://$scratch/profile" --headless --infilter="$csv:44,34,76,1,,1033,false,true" \
    --convert-to "csv:$csv:44,34,76,1,,1033,false,false,false" --outdir read predictions.csv history.csv >out 2>err </dev/null
wants_file read/predictions.csv
wants_file read/history.csv
"$python" -c '
import csv
def cells(path):
    return list(csv.reader(open(path, newline="", encoding="utf-8")))
def same(a, b):
    try:
        return abs(float(a) - float(b)) <= 1e-9 * abs(float(a))
    except ValueError:
        return a == b
for name, rows in ("predictions.csv", 61), ("history.csv", 4):
    given, read = cells(name), cells("read/" + name)
    assert len(given) == len(read) == rows, (len(given), len(read))
    for a, b in zip(given, read):
        assert len(a) == len(b) and all(map(same, a, b)), (a, b)
' >out 2>err || complain "the cells differ: $(tail -n 1 err)"
finish
