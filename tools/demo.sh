#!/usr/bin/env bash
# make demo: trains a convolutional network on Fashion-MNIST and says where the report lies. tools/demo.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
data=/usr/share/datasets/fashion-mnist
if [ ! -d "$data" ]; then
    echo "The pictures are not here: $data is missing (Debian package dataset-fashion-mnist)." >&2
    exit 1
fi
begin=$(mktemp)
trap 'rm -f "$begin"' EXIT
"$1/gradus" train recipes/fashion-cnn.yaml
report=$(find . -name '*.html' -newer "$begin" -not -path './build*' -print -quit)
if [ -z "$report" ]; then
    echo "The training wrote no report." >&2
    exit 1
fi
echo
echo "The report is in $(realpath "$report"): open it in a browser."
