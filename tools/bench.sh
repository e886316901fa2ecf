#!/usr/bin/env bash
# make bench: the project's measurements where there are any, else the command's own. tools/bench.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -x bench/run.sh ]; then exec bench/run.sh "$1"; fi
exec "$1/gradus" bench mlp
