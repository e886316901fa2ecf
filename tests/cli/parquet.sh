#!/usr/bin/env bash
# Parquet files on the command line: trained on, looked at, evaluated and predicted beside CSV files; and what is said
# where Apache Arrow's GLib library is absent or cannot be used.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/cli/common/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common/common.sh"
library=${GRADUS_BUILD:?the build directory}/libgradus.so
cp "$root"/tests/data/parquet/*.parquet "$root"/tests/data/parquet/*.csv .

recipe() { # FILE
    cat <<RECIPE
data:
  train: {$1}
  csv: {target: price, id: name, dates: [day, stamp, zoned], categories: [postcode, rate], missing: mean}
  scale: {x: standardize, y: standardize}
model: [dense: 8, tanh, dense: 1]
loss: squared_error
optimizer: {adam: 0.01}
train: {epochs: 3, batch: 8}
RECIPE
}
recipe "parquet: types-snappy.parquet" >parquet.yaml
recipe "csv: types.csv" >csv.yaml

soname=$(grep -ao 'libparquet-glib\.so[.0-9]*' "$library" | head -n 1)
if [ -z "$soname" ]; then
    begin "a build without the library says so"
    run "$gradus" train parquet.yaml
    wants_status 1
    wants_err "types-snappy.parquet: cannot be read: this build of Gradus knows no Parquet, because Apache Arrow's GLib library"
    wants_err "libparquet-glib-dev from Apache Arrow's own packages for Debian and Ubuntu"
    finish
    skip "Parquet files: Gradus was built without Apache Arrow's GLib library"
    exit 0
fi

begin "a Parquet file trains as the CSV file with the same cells"
run "$gradus" train csv.yaml train.directory=from-csv
wants_status 0
run "$gradus" train parquet.yaml train.directory=from-parquet
wants_status 0
cut -d, -f1-3 from-csv/history.csv >expected
cut -d, -f1-3 from-parquet/history.csv >got
wants_same expected got
finish

begin "each predicts the other's file"
run "$gradus" predict from-parquet more.parquet --output a
wants_status 0
run "$gradus" predict from-csv more.parquet --output b
wants_status 0
run "$gradus" predict from-parquet more.csv --output c
wants_status 0
wants_same a b
sed 's/more.csv/more.parquet/' c >d
wants_same a d
finish

begin "eval and data read them"
run "$gradus" eval from-csv --data more.parquet
wants_status 0
run "$gradus" data parquet.yaml
wants_status 0
wants_out "large_town"
finish

begin "a library that is none"
mkdir broken
printf 'something else\n' >"broken/$soname"
run env LD_LIBRARY_PATH="$scratch/broken" "$gradus" train parquet.yaml
wants_status 1
wants_err "types-snappy.parquet: cannot be read, because Apache Arrow's GLib library for Parquet cannot be used: .*$soname: file too short"
finish
