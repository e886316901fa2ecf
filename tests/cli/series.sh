#!/usr/bin/env bash
# Time series: windows over a table, split by time; the naive forecasts beside ours; forecasts with their times.
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
# Two shops, hour by hour, whose sales follow the hour of the day and the price: shop B sells twice as much. Rows stand
# in no order of time. ARGUMENT: hours; hours from which the sales are not known yet.
make_table() {
    awk -v hours="$1" -v known="$2" 'BEGIN {
        print "when,shop,price,weather,sales"
        for (k = 0; k < hours; k++) {
            i = k * 7 % hours
            for (s = 0; s < 2; s++) {
                price = 10 - (int(i / 5) + s) % 3
                noise = (i * 7919 + s * 104729) % 101 / 25 - 2
                sales = (s + 1) * (100 + 30 * sin(i * 6.2831853 / 24) + 5 * price + noise)
                printf "2026-03-%02d %02d:00,%s,%d,%s,%s\n", 1 + int(i / 24), i % 24, s ? "B" : "A", price,
                    i % 2 ? "sun" : "rain", i < known ? sprintf("%.3f", sales) : ""
            }
        }
    }'
}
make_table 400 400 >sales.csv
cat >net.yaml <<'RECIPE'
data:
  train: {csv: sales.csv}
  windows: {time: when, series: shop, targets: sales, known: [price, weather], calendar: hour, past: 24, horizon: 6, season: 24}
  split: {validation: 0.2, test: 0.2}
  scale: {past: standardize, known: standardize, y: standardize}
model:
  - flatten: {from: past, as: seen}
  - flatten: {from: known, as: beforehand}
  - concat: {from: [seen, beforehand]}
  - dense: 6
  - reshape: [6, 1]
loss: squared_error
train: {epochs: 40, batch: 16, seed: 1, threads: 1}
RECIPE

begin "a network learns windows over time"
run "$gradus" train net.yaml
wants_status 0
wants_silence
wants_out '^net: .*training samples, .* for validation, .* for the test'
wants_out '^test (best weights'
grep -q 'Forecasts' runs/net/report.html || complain "the report has no section about forecasts"
for word in 'last value' 'same season' 'MASE'; do grep -q "$word" runs/net/report.html || complain "the report lacks $word"; done
finish

begin "eval tells the naive forecasts beside it, and it is better than they are"
run "$gradus" eval runs/net
wants_status 0
wants_out '^model '
wants_out '^last value '
wants_out '^same season '
awk '/^model / {ours = $2} /^(last|same) / {if ($3 <= ours) bad = 1} END {exit bad || ours == ""}' out ||
    complain "a naive forecast is better"
run "$gradus" eval runs/net --json
wants_out '"same_season": {'
wants_out '"mase": '
finish

# 10 hours more, of which only the prices are known.
make_table 410 400 >future.csv
begin "predict goes on where the table ends, in its own units, with times"
run "$gradus" predict runs/net future.csv
wants_status 0
wants_silence
[ "$(head -n 1 out)" = "series,time,step,sales" ] || complain "the heading is another"
[ "$(wc -l <out)" -eq 13 ] || complain "there are not 6 rows for each of 2 shops"
wants_out '^A,2026-03-17 16:00,1,[0-9.]*$'
wants_out '^B,2026-03-17 21:00,6,[0-9.]*$'
awk -F, 'NR > 1 {
    i = 399 + $3; s = $1 == "B"; price = 10 - (int(i / 5) + s) % 3
    truth = (s + 1) * (100 + 30 * sin(i * 6.2831853 / 24) + 5 * price)
    error = $4 - truth; if (error < 0) error = -error; if (error > 0.2 * truth) bad = 1
} END {exit bad}' out || complain "a forecast is off by more than 20 percent"
run "$gradus" predict runs/net future.csv --json
wants_status 0
wants_out '{"series":"B","forecast":\[{"time":"2026-03-17 16:00","sales":'
finish

begin "a future that is not known is said, and leaves its cells empty"
run "$gradus" predict runs/net sales.csv
wants_status 0
wants_err "'price' is known beforehand, and the table lacks it for 2026-03-17 16:00"
wants_out '^A,2026-03-17 16:00,1,$'
finish

begin "what lies behind the training part changes nothing before it"
# The same table, with other sales in its last fifth: training and validation see nothing of them.
awk -F, -v OFS=, 'NR > 1 && $1 >= "2026-03-15" {$5 = 9999} {print}' sales.csv >other.csv
sed 's/sales.csv/other.csv/' net.yaml >other.yaml
run "$gradus" train other.yaml
wants_status 0
cut -d, -f1-7 runs/net/history.csv >before
cut -d, -f1-7 runs/other/history.csv >after
wants_same before after
finish

begin "folds are rolling origins"
cp net.yaml rolling.yaml
run "$gradus" train rolling.yaml --folds 3 data.split.validation=0
wants_status 0
for fold in 1 2 3; do wants_file "runs/rolling/fold-$fold/best.safetensors"; done
[ "$(wc -l <runs/rolling/out-of-fold.csv)" -gt 100 ] || complain "out-of-fold.csv has too few rows"
run "$gradus" eval runs/rolling --part validation
wants_status 0
finish

begin "trouble in a table is told with its file and line"
awk 'NR != 100' sales.csv >hole.csv
run "$gradus" train net.yaml data.train.csv=hole.csv
wants_status 1
wants_err 'hole.csv, line [0-9]*: series .[AB]., 2026-03-[0-9: -]*: the moment before is .*, and 1 in between have no row; `gaps` says'
{ cat sales.csv; tail -n 1 sales.csv; } >twice.csv
run "$gradus" train net.yaml data.train.csv=twice.csv
wants_status 1
wants_err 'twice.csv, line 802: .*: a row of this moment stands in the table already; `duplicates` says'
run "$gradus" train net.yaml data.windows.gaps=previous data.train.csv=hole.csv train.epochs=1
wants_status 0
run "$gradus" train net.yaml data.split.stratify=true
wants_status 1
wants_err 'windows are split by time'
run "$gradus" train net.yaml data.windows.lags=3
wants_status 1
wants_err '3 moments before the end of the horizon of 6 lie in the future themselves'
finish
